package mcp

import (
	"strings"
	"testing"

	"argus/host/inventory"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// speakers is an inventory of servers with instructions: name and text in turn. Those of "forged" are not the ones that were pinned.
func speakers(t *testing.T, texts ...string) *inventory.Inventory {
	t.Helper()
	source := inventory.Source{OraclePolicy: "policy-1", Content: registry.Content{Revision: "1"}}
	for i := 0; i < len(texts); i += 2 {
		name, text := texts[i], texts[i+1]
		pinned := text
		if name == "forged" {
			pinned += "."
		}
		source.Servers = append(source.Servers, inventory.Server{Name: name, Instructions: text})
		source.Content.Entries = append(source.Content.Entries, registry.Entry{
			Server: name, Channel: registry.Instructions, Digest: ijson.Digest(ijson.MustParse(ijson.AppendString(nil, pinned))), Issuer: "person", Origin: registry.Origin{File: "f", Line: 1},
		})
	}
	built, problems := inventory.Build(source)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return built
}

func TestPinnedInstructionsAreToldUnderTheirServersName(t *testing.T) {
	d := open(t)
	told := func(texts ...string) string {
		d.m.replace(speakers(t, texts...))
		said, _ := d.do("POST", d.alice, hello).result(t)["instructions"].(string)
		return said
	}
	long := strings.Repeat("x", maxInstructions)
	for want, texts := range map[string][]string{
		"":                                   nil,
		"# one\n\nUse \"é\"":                 {"one", `Use "é"`},
		"# one\n\nA\nB\n\n# two\n\nC":        {"one", "A\nB", "two", "C"},
		"# one\n\nA\n\n# two\n\nC":           {"one", "A", "forged", "canary", "two", "C"},
		"# one\n\nA\n\n# three\n\nnot a lot": {"one", "A", "two", long, "three", "not a lot"},
	} {
		if said := told(texts...); said != want {
			t.Errorf("%q instead of %q", said, want)
		}
	}
	d.m.replace(nil)
	if body := d.do("POST", d.alice, hello).body; strings.Contains(body, "instructions") {
		t.Errorf("with nothing in force: %s", body)
	}
}
