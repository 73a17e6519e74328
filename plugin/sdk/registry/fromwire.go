package registry

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"argus/plugin/sdk"
	registryv1 "argus/proto/argus/registry/v1"
)

// Bounds of what a registry may say.
const (
	maxRevision     = 128
	maxCapabilities = 1024
	maxEntries      = 16 << 10
	maxEndorsements = 16 << 10
	maxStores       = 256
	maxServer       = 64
	maxToolName     = 256
	maxAlias        = 128
	maxIssuer       = 256
	maxStoreName    = 128
	maxPath         = 4 << 10
	maxSummary      = 512
)

// contentFromWire admits content that is bounded and says everything in the names of the protocol. With problems, the problems
// are all that comes through.
func contentFromWire(w *registryv1.Content) (Content, error) {
	err := sdk.FirstError(
		sdk.CheckKnown("the content", w),
		sdk.CheckText("the revision", w.GetRevision(), 1, maxRevision),
	)
	if err != nil {
		return Content{}, err
	}
	problems, err := sdk.ProblemsFromWire(w.GetProblems())
	if err != nil {
		return Content{}, err
	}
	c := Content{Revision: w.GetRevision(), Problems: problems}
	if len(problems) > 0 {
		return c, nil
	}
	added, err := capabilitiesFromWire(w.GetCapabilities())
	if err != nil {
		return Content{}, err
	}
	c.Capabilities = w.GetCapabilities()
	if c.FlowOrigin, err = originFromWire(w.GetFlowOrigin()); err != nil {
		return Content{}, fmt.Errorf("the flow policy: %w", err)
	}
	if c.Flow, err = flowFromWire(w.GetFlow()); err != nil {
		return Content{}, err
	}
	if c.Entries, err = entriesFromWire(w.GetEntries(), added); err != nil {
		return Content{}, err
	}
	c.Endorsements, err = endorsementsFromWire(w.GetEndorsements())
	return c, err
}

// capabilitiesFromWire are the names that a registry adds to the catalogue.
func capabilitiesFromWire(listed []string) (nameSet, error) {
	if len(listed) > maxCapabilities {
		return nil, fmt.Errorf("more than %d capabilities", maxCapabilities)
	}
	added := nameSet{}
	for _, name := range listed {
		if !sdk.IsCapabilityName(name) {
			return nil, errors.New("a capability's name is not lower-case letters, digits and _")
		}
		if sdk.IsCapability(name) || added[name] {
			return nil, fmt.Errorf("capability %s is listed twice or built in", name)
		}
		added[name] = true
	}
	return added, nil
}

func flowFromWire(ws []*registryv1.Cell) ([]Cell, error) {
	type place struct{ level, integrity, sink string }
	seen := map[place]bool{}
	var flow []Cell
	for _, w := range ws {
		cell, err := cellFromWire(w)
		if err != nil {
			return nil, err
		}
		// Two modes for one place would leave the choice to whoever reads them. Distinct places also bound the list.
		at := place{cell.Level, cell.Integrity, cell.Sink}
		if seen[at] {
			return nil, fmt.Errorf("the flow policy has %s, %s, %s twice", cell.Level, cell.Integrity, cell.Sink)
		}
		seen[at] = true
		flow = append(flow, cell)
	}
	return flow, nil
}

func cellFromWire(w *registryv1.Cell) (Cell, error) {
	mode := Mode(w.GetMode())
	switch {
	case !sdk.IsLevel(w.GetLevel()):
		return Cell{}, errors.New("a cell's level is unknown")
	case !sdk.IsIntegrity(w.GetIntegrity()):
		return Cell{}, errors.New("a cell's integrity is unknown")
	case !sdk.IsSink(w.GetSink()):
		return Cell{}, errors.New("a cell's sink is unknown")
	case mode != Allow && mode != Inspect:
		return Cell{}, errors.New("a cell's mode is neither allow nor inspect")
	}
	origin, err := originFromWire(w.GetOrigin())
	if err != nil {
		return Cell{}, fmt.Errorf("a cell: %w", err)
	}
	return Cell{Level: w.GetLevel(), Integrity: w.GetIntegrity(), Sink: w.GetSink(), Mode: mode, Origin: origin}, nil
}

func endorsementsFromWire(ws []*registryv1.Endorsement) ([]Endorsement, error) {
	if len(ws) > maxEndorsements {
		return nil, fmt.Errorf("more than %d endorsements", maxEndorsements)
	}
	var out []Endorsement
	for i, w := range ws {
		origin, err := originFromWire(w.GetOrigin())
		if err == nil {
			err = checkSlot(w.GetSlot())
		}
		if err != nil {
			return nil, fmt.Errorf("endorsement %d: %w", i+1, err)
		}
		out = append(out, Endorsement{Slot: w.GetSlot(), Origin: origin})
	}
	return out, nil
}

// checkSlot admits SERVER/TOOL or the digest of a schema; no server's name holds a colon.
func checkSlot(slot string) error {
	if strings.HasPrefix(slot, "sha256:") {
		return sdk.CheckDigest("its slot", slot)
	}
	server, tool, ok := strings.Cut(slot, "/")
	if !ok {
		return errors.New("its slot is neither SERVER/TOOL nor a digest")
	}
	return sdk.FirstError(checkServer(server), sdk.CheckText("its slot", tool, 1, maxToolName))
}

func originFromWire(w *registryv1.Origin) (Origin, error) {
	if err := sdk.CheckText("its origin", w.GetFile(), 1, maxPath); err != nil {
		return Origin{}, err
	}
	if w.GetLine() < 1 || w.GetLine() > math.MaxInt32 {
		return Origin{}, errors.New("its origin has no line")
	}
	return Origin{File: w.GetFile(), Line: int(w.GetLine())}, nil
}

func channelFromWire(w registryv1.Channel) (Channel, bool) {
	for channel, wire := range channelsToWire {
		if wire == w {
			return channel, true
		}
	}
	return 0, false
}

func pinReplyFromWire(w *registryv1.PinReply) (PinReply, error) {
	problems, err := sdk.ProblemsFromWire(w.GetProblems())
	if err != nil {
		return PinReply{}, err
	}
	if w.GetAdded() > math.MaxInt32 || w.GetChanged() > math.MaxInt32 {
		return PinReply{}, errors.New("a count is out of range")
	}
	atLeast := 1
	if len(problems) > 0 {
		atLeast = 0
	}
	return PinReply{File: w.GetFile(), Added: int(w.GetAdded()), Changed: int(w.GetChanged()), Problems: problems}, sdk.FirstError(
		sdk.CheckKnown("the reply", w),
		sdk.CheckText("the file written", w.GetFile(), atLeast, maxPath),
	)
}
