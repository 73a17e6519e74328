package host

import (
	"context"
	"fmt"
	"slices"

	"argus/host/config"
	"argus/host/fault"
	"argus/host/front/operator"
	"argus/host/inventory"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
	operatorv1 "argus/proto/argus/operator/v1"
)

const maxSummary = 160

// Pin has the registry write the digests of what a person was shown. A server that changed some of it meanwhile is not pinned at all.
func (h *Host) Pin(ctx context.Context, server string, shown operator.Shown) (*operatorv1.ActReply, error) {
	stock := h.stock.Inventory()
	sinks, known := h.possible(server)
	if !known || stock == nil {
		return nil, fault.New(fault.Invalid, "pin", fmt.Errorf("there is no server or client %q, or no registry content in force: see `argus status`", server))
	}
	request, err := pinRequest(stock.Standings, server, sinks, shown)
	if err != nil {
		return nil, fault.New(fault.Stale, "pin", err)
	}
	reply, err := h.catalog.Registry().Pin(ctx, request)
	if err != nil {
		return nil, err
	}
	out := &operatorv1.ActReply{File: reply.File, Added: uint32(reply.Added), Changed: uint32(reply.Changed)}
	for _, p := range reply.Problems {
		out.Problems = append(out.Problems, p.String())
	}
	return out, nil
}

// possible are the sinks that calls of a server or a client could have whatever their arguments: those that the server's sandbox leaves open,
// and of a client, which has none, all.
func (h *Host) possible(server string) (sinks []string, known bool) {
	if s, has := h.config.Server(server); has {
		return openSinks(h.config.Profiles[s.Profile]), true
	}
	isClient := slices.ContainsFunc(h.config.Clients, func(c config.Client) bool { return c.Name == server })
	return sdk.Sinks(), isClient
}

func openSinks(p config.Profile) []string {
	var sinks []string
	if p.Network {
		sinks = append(sinks, kernel.NetworkExternal.String())
	}
	if len(p.Write) > 0 {
		sinks = append(sinks, kernel.FilesystemWrite.String())
	}
	return sinks
}

// pinRequest asks for what was shown, if the server still says exactly that. A new entry is proposed with all sinks that are possible.
func pinRequest(standings []inventory.Standing, server string, sinks []string, shown operator.Shown) (registry.PinRequest, error) {
	request := registry.PinRequest{Server: server}
	for _, s := range standings {
		digest := shown.Digest(s.Channel, s.Tool)
		if s.Server != server || digest == "" || digest != s.Definition.Digest { // a client may have two definitions of one name
			continue
		}
		if s.Channel == registry.Instructions {
			request.Instructions = digest
		} else {
			request.Tools = append(request.Tools, registry.PinTool{
				Name: s.Tool, Digest: digest, Summary: summary(s.Definition.Raw), Sinks: sinks,
			})
		}
	}
	if len(request.Tools) != len(shown.Tools) || request.Instructions != shown.Instructions {
		return request, fmt.Errorf("%s no longer defines all that was shown as it was shown: look again", server)
	}
	return request, nil
}

// summary is the beginning of the description, as plain text: it is untrusted and goes into a comment.
func summary(def ijson.Value) string {
	v, _ := def.Member("description")
	text, _ := v.Text()
	plain := make([]rune, 0, maxSummary)
	for _, r := range text {
		if len(plain) == maxSummary {
			break
		}
		if r < ' ' || r == 0x7f {
			r = ' '
		}
		plain = append(plain, r)
	}
	return string(plain)
}
