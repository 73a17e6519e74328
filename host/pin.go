package host

import (
	"context"
	"errors"
	"fmt"

	"argus/host/config"
	"argus/host/fault"
	"argus/host/inventory"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
	operatorv1 "argus/proto/argus/operator/v1"
)

const maxSummary = 160

// Pin has the registry write the digests of definitions that a person was shown. A server that changed one meanwhile is not pinned at all.
func (h *Host) Pin(ctx context.Context, server string, shown map[string]string) (*operatorv1.ActReply, error) {
	c, known := h.config.Server(server)
	stock := h.stock.Inventory()
	if !known || stock == nil {
		return nil, fault.New(fault.Invalid, "pin", fmt.Errorf("there is no server %q, or no registry content in force: see `argus status`", server))
	}
	request := registry.PinRequest{Server: server}
	for _, s := range stock.Standings {
		digest, asked := shown[s.Tool]
		if s.Server != server || !asked {
			continue
		}
		if digest != s.Definition.Digest {
			return nil, fault.New(fault.Stale, "pin", fmt.Errorf("server %s changed the definition of %q since it was shown: look again", server, s.Tool))
		}
		request.Tools = append(request.Tools, pinTool(s, h.config.Profiles[c.Profile]))
	}
	if len(request.Tools) != len(shown) {
		return nil, fault.New(fault.Stale, "pin", errors.New("the server no longer defines all that was shown: look again"))
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
