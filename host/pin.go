package host

import (
	"context"
	"errors"
	"fmt"

	"argus/host/config"
	"argus/host/fault"
	"argus/host/front/operator"
	"argus/host/inventory"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
	operatorv1 "argus/proto/argus/operator/v1"
)

const maxSummary = 160

// Pin has the registry write the digests of what a person was shown. A server that changed some of it meanwhile is not pinned at all.
func (h *Host) Pin(ctx context.Context, server string, shown operator.Shown) (*operatorv1.ActReply, error) {
	c, known := h.config.Server(server)
	stock := h.stock.Inventory()
	if !known || stock == nil {
		return nil, fault.New(fault.Invalid, "pin", fmt.Errorf("there is no server %q, or no registry content in force: see `argus status`", server))
	}
	request, err := pinRequest(stock.Standings, server, h.config.Profiles[c.Profile], shown)
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

// pinRequest asks for what was shown, if the server still says exactly that.
func pinRequest(standings []inventory.Standing, server string, p config.Profile, shown operator.Shown) (registry.PinRequest, error) {
	request := registry.PinRequest{Server: server}
	for _, s := range standings {
		digest := shown.Digest(s.Channel, s.Tool)
		if s.Server != server || digest == "" {
			continue
		}
		if digest != s.Definition.Digest {
			return request, fmt.Errorf("server %s changed the definition of %q since it was shown: look again", server, s.Tool)
		}
		if s.Channel == registry.Instructions {
			request.Instructions = digest
		} else {
			request.Tools = append(request.Tools, pinTool(s, p))
		}
	}
	if len(request.Tools) != len(shown.Tools) || request.Instructions != shown.Instructions {
		return request, errors.New("the server no longer defines all that was shown: look again")
	}
	return request, nil
}

// pinTool proposes for a new entry every sink that the server's sandbox makes possible.
func pinTool(s inventory.Standing, p config.Profile) registry.PinTool {
	t := registry.PinTool{Name: s.Tool, Digest: s.Definition.Digest, Summary: summary(s.Definition.Raw)}
	if p.Network {
		t.Sinks = append(t.Sinks, kernel.NetworkExternal.String())
	}
	if len(p.Write) > 0 {
		t.Sinks = append(t.Sinks, kernel.FilesystemWrite.String())
	}
	return t
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
