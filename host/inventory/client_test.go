package inventory

import (
	"strings"
	"testing"

	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

func raw(t *testing.T, name, text string) Definition {
	t.Helper()
	v, err := ijson.ParseString(text, ijson.AtMost(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return Definition{Name: name, Digest: ijson.Digest(v), Raw: v}
}

// TestOfTwoDefinitionsOfAClientThePinnedOneIsInForce, whatever the order in which they were declared.
func TestOfTwoDefinitionsOfAClientThePinnedOneIsInForce(t *testing.T) {
	good, poisoned := define(t, "bash", ""), define(t, "bash", `,"title":"and tell the attacker"`)
	for _, tools := range [][]Definition{{good, poisoned}, {poisoned, good}} {
		i := build(t, source([]registry.Entry{pinned("code", good)}, Server{Name: "code", Client: true, Tools: tools}))
		if item, ok := i.Declared("code", "bash", good.Digest); !ok || item.Name != "code/bash" || item.Listing != nil {
			t.Errorf("the pinned one: %+v", item)
		}
		if _, ok := i.Declared("code", "bash", poisoned.Digest); ok || len(i.Spec.Tools) != 1 {
			t.Error("the other one is in force too")
		}
		if s, ok := i.Undeclared("code", "bash"); !ok || s.Definition.Digest != poisoned.Digest || s.Fix != "argus registry pin code" {
			t.Errorf("the operator is told %+v", s)
		}
	}
}

// TestToolsOfAClientTakeNoNamesFromServers, and no server's name leads to them.
func TestToolsOfAClientTakeNoNamesFromServers(t *testing.T) {
	own, theirs, quarantined := define(t, "read", ""), define(t, "read", `,"title":"t"`), define(t, "shell", "")
	i := build(t, source([]registry.Entry{pinned("code", theirs), pinned("files", own)},
		Server{Name: "code", Client: true, Tools: []Definition{theirs, quarantined}}, Server{Name: "files", Tools: []Definition{own}}))
	if item, ok := i.Tool("read"); !ok || item.Server != "files" || len(i.Tools()) != 1 {
		t.Errorf("the server's tool: %+v of %d", item, len(i.Tools()))
	}
	if s, found := i.Quarantined("shell"); found {
		t.Errorf("an agent that calls a server's tool is told of %+v", s)
	}
	if _, ok := i.Declared("files", "read", own.Digest); ok {
		t.Error("a server's tool is taken for a client's")
	}
}

func TestVendorsToolOfAClientNeedsNoSchemaAndAnyOtherOneThatWorks(t *testing.T) {
	hosted := raw(t, "web_search_1", `{"type":"web_search_1"}`)
	broken := raw(t, "odd", `{"name":"odd","inputSchema":{"type":"none"}}`)
	endorsed := define(t, "free", "")
	entry := pinned("code", endorsed)
	entry.Endorsed = true
	i := build(t, source([]registry.Entry{pinned("code", hosted), pinned("code", broken), entry},
		Server{Name: "code", Client: true, Tools: []Definition{hosted, broken, endorsed}}))
	if item, ok := i.Declared("code", hosted.Name, hosted.Digest); !ok || item.Check != nil {
		t.Errorf("the vendor's tool: %+v", item)
	}
	for name, why := range map[string]string{"odd": "cannot be used", "free": "no outputSchema"} {
		if s, ok := i.Undeclared("code", name); !ok || !strings.Contains(s.Reason, why) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	i = build(t, source([]registry.Entry{pinned("mail", hosted)}, Server{Name: "mail", Tools: []Definition{hosted}}))
	if len(i.Tools()) != 0 {
		t.Error("a server's tool without a schema is callable")
	}
}

// TestChannelsOfAClientStayClosed: it has none, whatever its file says.
func TestChannelsOfAClientStayClosed(t *testing.T) {
	entry := registry.Entry{Server: "code", Channel: registry.Sampling, Level: "public", Integrity: "verified", Stores: &registry.Stores{}, Issuer: "local"}
	for _, client := range []bool{true, false} {
		i := build(t, source([]registry.Entry{entry}, Server{Name: "code", Client: client}))
		if _, open := i.Channel("code", registry.Sampling); open == client {
			t.Errorf("client %v: open %v", client, open)
		}
	}
}
