package operator

import (
	"argus/plugin/sdk/registry"
	operatorv1 "argus/proto/argus/operator/v1"
)

// Shown is what a person was shown of a server, by its digests.
type Shown struct {
	Tools        map[string]string // names of tools to the digests of their definitions
	Instructions string            // empty if none were shown
}

// Digest is that of what was shown of a tool, or of the instructions; empty if it was not.
func (s Shown) Digest(c registry.Channel, tool string) string {
	switch c {
	case registry.Tool:
		return s.Tools[tool]
	case registry.Instructions:
		return s.Instructions
	}
	return ""
}

func (s Shown) to(server string) *operatorv1.PinServer {
	w := &operatorv1.PinServer{Server: server, Instructions: s.Instructions}
	for name, digest := range s.Tools {
		w.Tools = append(w.Tools, &operatorv1.PinnedTool{Name: name, Digest: digest})
	}
	return w
}

func shownIn(w *operatorv1.PinServer) Shown {
	s := Shown{Tools: map[string]string{}, Instructions: w.GetInstructions()}
	for _, t := range w.GetTools() {
		s.Tools[t.GetName()] = t.GetDigest()
	}
	return s
}
