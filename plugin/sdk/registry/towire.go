package registry

import (
	"math"
	"strings"

	"argus/plugin/sdk"
	registryv1 "argus/proto/argus/registry/v1"
)

var channelsToWire = map[Channel]registryv1.Channel{
	Tool:         registryv1.Channel_CHANNEL_TOOL,
	Resources:    registryv1.Channel_CHANNEL_RESOURCES,
	Prompts:      registryv1.Channel_CHANNEL_PROMPTS,
	Completion:   registryv1.Channel_CHANNEL_COMPLETION,
	Sampling:     registryv1.Channel_CHANNEL_SAMPLING,
	Elicitation:  registryv1.Channel_CHANNEL_ELICITATION,
	Roots:        registryv1.Channel_CHANNEL_ROOTS,
	Log:          registryv1.Channel_CHANNEL_LOG,
	Progress:     registryv1.Channel_CHANNEL_PROGRESS,
	Instructions: registryv1.Channel_CHANNEL_INSTRUCTIONS,
}

// contentToWire leaves the judgement to the host.
func contentToWire(c Content) *registryv1.Content {
	w := &registryv1.Content{Revision: c.Revision, Problems: sdk.ProblemsToWire(c.Problems)}
	if len(c.Problems) > 0 {
		return w
	}
	w.Capabilities = c.Capabilities
	w.FlowOrigin = originToWire(c.FlowOrigin)
	for _, cell := range c.Flow {
		w.Flow = append(w.Flow, &registryv1.Cell{
			Level: cell.Level, Integrity: cell.Integrity, Sink: cell.Sink, Mode: string(cell.Mode), Origin: originToWire(cell.Origin),
		})
	}
	for _, e := range c.Entries {
		w.Entries = append(w.Entries, entryToWire(e))
	}
	for _, e := range c.Endorsements {
		w.Endorsements = append(w.Endorsements, &registryv1.Endorsement{Slot: e.Slot, Origin: originToWire(e.Origin)})
	}
	return w
}

func entryToWire(e Entry) *registryv1.Entry {
	w := &registryv1.Entry{
		Server: e.Server, Channel: channelsToWire[e.Channel], Tool: e.Tool, Digest: e.Digest,
		Capabilities: e.Capabilities, Level: e.Level, Integrity: e.Integrity, Sinks: e.Sinks, Endorsed: e.Endorsed,
		Alias: e.Alias, Issuer: e.Issuer, Origin: originToWire(e.Origin),
	}
	if e.Stores != nil {
		w.Stores = &registryv1.Stores{Reads: e.Stores.Reads, Writes: e.Stores.Writes}
	}
	return w
}

func originToWire(o Origin) *registryv1.Origin {
	return &registryv1.Origin{File: o.File, Line: countToWire(o.Line)}
}

func countToWire(n int) uint32 { return uint32(min(max(n, 0), math.MaxInt32)) }

func pinToWire(r PinRequest) *registryv1.PinRequest {
	w := &registryv1.PinRequest{Server: r.Server, Instructions: r.Instructions}
	for _, t := range r.Tools {
		w.Tools = append(w.Tools, &registryv1.PinTool{Name: t.Name, Digest: t.Digest, Summary: oneLine(t.Summary), Sinks: t.Sinks})
	}
	return w
}

// oneLine is text fit for a comment. The server wrote it: a second line of it would be content of the file.
func oneLine(text string) string {
	return sdk.Clip(strings.Join(strings.Fields(text), " "), maxSummary)
}

func pinFromWire(w *registryv1.PinRequest) PinRequest {
	r := PinRequest{Server: w.GetServer(), Instructions: w.GetInstructions()}
	for _, t := range w.GetTools() {
		r.Tools = append(r.Tools, PinTool{Name: t.GetName(), Digest: t.GetDigest(), Summary: t.GetSummary(), Sinks: t.GetSinks()})
	}
	return r
}

func pinReplyToWire(r PinReply) *registryv1.PinReply {
	return &registryv1.PinReply{
		File: r.File, Added: countToWire(r.Added), Changed: countToWire(r.Changed), Problems: sdk.ProblemsToWire(r.Problems),
	}
}
