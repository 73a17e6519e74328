package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"argus/host/config"
	"argus/host/front/operator"
	"argus/host/inventory"
	"argus/plugin/sdk/registry"
)

// TestOnlyWhatWasShownIsPinned has a server change its mind between the look and the pin, and name tools like other things of it.
func TestOnlyWhatWasShownIsPinned(t *testing.T) {
	standing := func(server string, c registry.Channel, name, digest string) inventory.Standing {
		return inventory.Standing{Server: server, Channel: c, Tool: name, Definition: inventory.Definition{Digest: digest}}
	}
	now := []inventory.Standing{
		standing("notes", registry.Tool, "read", "r1"),
		standing("notes", registry.Tool, "notes/instructions", "t1"),
		standing("notes", registry.Sampling, "notes/sampling", ""),
		standing("notes", registry.Instructions, "notes/instructions", "i1"),
		standing("other", registry.Tool, "write", "w1"),
		standing("other", registry.Instructions, "other/instructions", "i2"),
		standing("mute", registry.Tool, "read", "r1"),
	}
	mute := operator.Shown{Tools: map[string]string{"read": "r1"}, Instructions: "i1"}
	if request, err := pinRequest(now, "mute", nil, mute); err == nil {
		t.Errorf("of instructions that are not told any more: asks for %+v", request)
	}
	tools := func(digests map[string]string) operator.Shown { return operator.Shown{Tools: digests} }
	for what, shown := range map[string]operator.Shown{
		"another definition":       tools(map[string]string{"read": "r0"}),
		"a tool that is gone":      tools(map[string]string{"read": "r1", "gone": "g1"}),
		"a tool of another server": tools(map[string]string{"write": "w1"}),
		"a channel as a tool":      tools(map[string]string{"notes/sampling": ""}),
		"a text as a tool":         tools(map[string]string{"notes/instructions": "i1"}),
		"other instructions":       {Instructions: "i0"},
		"a tool as instructions":   {Instructions: "t1"},
		"a text of another server": {Instructions: "i2"},
	} {
		if request, err := pinRequest(now, "notes", nil, shown); err == nil {
			t.Errorf("%s: asks for %+v", what, request)
		}
	}
	shown := operator.Shown{Tools: map[string]string{"read": "r1", "notes/instructions": "t1"}, Instructions: "i1"}
	got, err := pinRequest(now, "notes", openSinks(config.Profile{Network: true}), shown)
	sinks := []string{"network_external"}
	want := registry.PinRequest{Server: "notes", Instructions: "i1", Tools: []registry.PinTool{
		{Name: "read", Digest: "r1", Sinks: sinks}, {Name: "notes/instructions", Digest: "t1", Sinks: sinks},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("the control: %v\n%s", err, diff)
	}
}
