package inventory

import (
	"fmt"
	"strings"
	"testing"

	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

const plainSchema = `{"type":"object"}`

func define(t *testing.T, name, more string) Definition {
	t.Helper()
	raw, err := ijson.ParseString(fmt.Sprintf(`{"description":"d","name":%q,"inputSchema":%s%s}`, name, plainSchema, more), ijson.AtMost(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return Definition{Name: name, Digest: ijson.Digest(raw), Raw: raw}
}

// pinned is an entry in force for a definition, without stores and sinks.
func pinned(server string, d Definition) registry.Entry {
	return registry.Entry{
		Server: server, Channel: registry.Tool, Tool: d.Name, Digest: d.Digest, Level: "public", Integrity: "verified",
		Stores: &registry.Stores{}, Issuer: "local", Origin: registry.Origin{File: server + ".toml", Line: 3},
	}
}

func source(entries []registry.Entry, servers ...Server) Source {
	return Source{
		Content:      registry.Content{Revision: "sha256:r", Entries: entries},
		Servers:      servers,
		OraclePolicy: "policy",
	}
}

func build(t *testing.T, src Source) *Inventory {
	t.Helper()
	i, problems := Build(src)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return i
}

func TestOnlyThePinnedDefinitionIsCallable(t *testing.T) {
	good, changed, unknown := define(t, "good", ""), define(t, "changed", ""), define(t, "unknown", "")
	old := pinned("mail", changed)
	old.Digest = "sha256:" + strings.Repeat("0", 64)
	i := build(t, source([]registry.Entry{pinned("mail", good), old},
		Server{Name: "mail", Prefix: "mail", Tools: []Definition{good, changed, unknown}}))
	if _, ok := i.Tool("mail__good"); !ok || len(i.Tools()) != 1 {
		t.Errorf("callable: %d", len(i.Tools()))
	}
	for _, name := range []string{"changed", "unknown"} {
		s, found := i.Quarantined("mail__" + name)
		if !found || s.Fix != "argus registry pin mail" {
			t.Errorf("%s: %+v", name, s)
		}
		if _, ok := i.Tool("mail__" + name); ok {
			t.Errorf("%s is callable", name)
		}
	}
	if len(i.Spec.Tools) != 1 {
		t.Errorf("the theory has %d tools", len(i.Spec.Tools))
	}
}

func TestNamesThatDoNotFitAreQuarantinedWithTheirAlias(t *testing.T) {
	for tool, want := range map[string]string{
		"a.b":                   `alias = "mail__a_b"`,
		"odd name":              `alias = "mail__odd_name"`,
		"naïve":                 `alias = "mail__na_ve"`,
		strings.Repeat("x", 60): `alias = "mail__` + strings.Repeat("x", 58) + `"`,
	} {
		d := define(t, tool, "")
		i := build(t, source([]registry.Entry{pinned("mail", d)}, Server{Name: "mail", Prefix: "mail", Tools: []Definition{d}}))
		if s := i.Standings[0]; s.Item != nil || !strings.HasSuffix(s.Fix, want) {
			t.Errorf("%s: %q", tool, s.Fix)
		}
		e := pinned("mail", d)
		e.Alias = "short"
		i = build(t, source([]registry.Entry{e}, Server{Name: "mail", Prefix: "mail", Tools: []Definition{d}}))
		if _, ok := i.Tool("short"); !ok {
			t.Errorf("%s: the alias does not mend it: %s", tool, i.Standings[0].Reason)
		}
	}
}

func TestToolThatCannotBeNamedIsShownToTheOperatorOnly(t *testing.T) {
	good := define(t, "good", "")
	i := build(t, source([]registry.Entry{pinned("mail", good)}, Server{
		Name: "mail", Prefix: "mail", Tools: []Definition{good}, Unusable: []Unusable{{Name: "x\x1b[2J", Reason: "its name cannot be printed"}},
	}))
	if len(i.Tools()) != 1 || len(i.Standings) != 2 || i.Standings[1].Reason == "" || i.Standings[1].Item != nil {
		t.Errorf("%d callable, standings %+v", len(i.Tools()), i.Standings)
	}
}

func TestArgusOwnNamesCannotBeTaken(t *testing.T) {
	d := define(t, "argus__delegate", "")
	i := build(t, source([]registry.Entry{pinned("evil", d)}, Server{Name: "evil", Prefix: "", Tools: []Definition{d}}))
	if _, ok := i.Tool("argus__delegate"); ok {
		t.Error("a server took the name of Argus's own tool")
	}
}

func TestNewcomerNeverTakesANameInForce(t *testing.T) {
	d := define(t, "send", "")
	first := Server{Name: "aaa", Prefix: ""}
	second := Server{Name: "bbb", Prefix: "", Tools: []Definition{d}}
	entries := []registry.Entry{pinned("aaa", d), pinned("bbb", d)}
	before := build(t, source(entries, first, second))
	first.Tools = []Definition{d} // comes up later, though the config names it first
	src := source(entries, first, second)
	src.Before = before
	i := build(t, src)
	item, ok := i.Tool("send")
	if !ok || item.Server != "bbb" {
		t.Fatalf("the name went to %+v", item)
	}
	if s := i.Standings[0]; s.Server != "aaa" || s.Item != nil || !strings.Contains(s.Fix, `alias = "aaa__send"`) {
		t.Errorf("the newcomer: %+v", s)
	}
	if item, _ = build(t, source(entries, first, second)).Tool("send"); item.Server != "aaa" {
		t.Error("the control: without a holder the config's order does not decide")
	}
}

func TestSinksCoverWhatTheSandboxAllows(t *testing.T) {
	d := define(t, "fetch", "")
	for _, c := range []struct {
		server Server
		sinks  []string
		ok     bool
	}{
		{Server{}, nil, true},
		{Server{Network: true}, nil, false},
		{Server{Network: true}, []string{"network_internal"}, false},
		{Server{Network: true}, []string{"network_external"}, true},
		{Server{Files: true}, []string{"network_external"}, false},
		{Server{Files: true}, []string{"filesystem_write"}, true},
		{Server{Files: true, Network: true}, []string{"filesystem_write"}, false},
	} {
		c.server.Name, c.server.Prefix, c.server.Tools = "web", "web", []Definition{d}
		e := pinned("web", d)
		e.Sinks = c.sinks
		i := build(t, source([]registry.Entry{e}, c.server))
		if _, ok := i.Tool("web__fetch"); ok != c.ok {
			t.Errorf("%+v with sinks %v: callable %v", c.server, c.sinks, ok)
		}
	}
}

func TestEndorsedToolNeedsACountedOutput(t *testing.T) {
	free := define(t, "free", `,"outputSchema":{"type":"object","properties":{"v":{"type":"string"}}}`)
	counted := define(t, "counted", `,"outputSchema":{"type":"object","properties":{"v":{"enum":["a","b"]}},"required":["v"],"additionalProperties":false}`)
	none := define(t, "none", "")
	var entries []registry.Entry
	for _, d := range []Definition{free, counted, none} {
		e := pinned("s", d)
		e.Endorsed = true
		entries = append(entries, e)
	}
	i := build(t, source(entries, Server{Name: "s", Prefix: "s", Tools: []Definition{free, counted, none}}))
	if item, ok := i.Tool("s__counted"); !ok || item.Output == nil {
		t.Error("the counted one is not callable")
	}
	if len(i.Tools()) != 1 {
		t.Errorf("%d are callable", len(i.Tools()))
	}
}

func TestSchemaThatCannotBeUsedIsQuarantinedAndNotPrinted(t *testing.T) {
	raw, err := ijson.ParseString(`{"name":"x","inputSchema":{"$ref":"file:///etc/passwd"}}`, ijson.AtMost(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	d := Definition{Name: "x", Digest: ijson.Digest(raw), Raw: raw}
	i := build(t, source([]registry.Entry{pinned("s", d)}, Server{Name: "s", Prefix: "s", Tools: []Definition{d}}))
	s := i.Standings[0]
	if s.Item != nil || strings.Contains(s.Reason, "passwd") {
		t.Errorf("%+v", s.Reason)
	}
}

func TestIllFormedTheoryNamesFileLineAndFix(t *testing.T) {
	remember, recall := define(t, "remember", ""), define(t, "recall", "")
	w, r := pinned("notes", remember), pinned("notes", recall)
	w.Stores = &registry.Stores{Writes: []string{"notes"}}
	r.Stores, r.Origin.Line = &registry.Stores{Reads: []string{"notes"}}, 17
	server := Server{Name: "notes", Prefix: "notes", Tools: []Definition{remember, recall}}
	_, problems := Build(source([]registry.Entry{w, r}, server))
	if len(problems) != 1 || problems[0].File != "notes.toml" || problems[0].Line != 17 ||
		problems[0].Fix != `label = { level = "restricted", integrity = "untrusted" }` {
		t.Fatalf("%+v", problems)
	}
	r.Level, r.Integrity = "restricted", "untrusted"
	build(t, source([]registry.Entry{w, r}, server))
}

func TestListingIsThePinnedValueWithAnotherName(t *testing.T) {
	d := define(t, "x", `,"annotations":{"title":"T"},"_meta":{"n":1.50}`)
	i := build(t, source([]registry.Entry{pinned("s", d)}, Server{Name: "s", Prefix: "s", Tools: []Definition{d}}))
	want := `{"name":"s__x","description":"d","inputSchema":{"type":"object"},"annotations":{"title":"T"},"_meta":{"n":1.5}}`
	if got := string(i.Tools()[0].Listing); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestListSaysNothingBesideWhatWasPinned has a server say the same again in other words: the spelling and the order of a list are free, and
// a list reaches agents without being judged.
func TestListSaysNothingBesideWhatWasPinned(t *testing.T) {
	spelled := func(name, text string) Definition {
		raw, err := ijson.ParseString(text, ijson.AtMost(1<<20))
		if err != nil {
			t.Fatal(err)
		}
		return Definition{Name: name, Digest: ijson.Digest(raw), Raw: raw}
	}
	a, b := define(t, "a", `,"x":{"p":1,"q":2}`), define(t, "b", "")
	again := spelled("a", `{ "name":"\u0061",  "x":{"q":2.0, "p":10e-1},"inputSchema":{"type":"object"},"description":"d"}`)
	if a.Digest != again.Digest {
		t.Fatal("the control is another definition")
	}
	entries := []registry.Entry{pinned("s", a), pinned("s", b)}
	lists := map[string]bool{}
	for _, tools := range [][]Definition{{a, b}, {b, again}} {
		list := ""
		for _, item := range build(t, source(entries, Server{Name: "s", Prefix: "s", Tools: tools})).Tools() {
			list += string(item.Listing) + "\n"
		}
		lists[list] = true
	}
	if len(lists) != 1 {
		t.Errorf("one set of pinned tools is listed in %d ways: %v", len(lists), lists)
	}
}
