package mcp

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"argus/host/inventory"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// stockWith is an inventory of one tool, t__x, with this input schema.
func stockWith(t testing.TB, input string) *inventory.Inventory {
	t.Helper()
	raw := ijson.MustParse([]byte(`{"name":"x","inputSchema":` + input + `}`))
	built, problems := inventory.Build(inventory.Source{
		OraclePolicy: "policy-1",
		Content: registry.Content{Revision: "1", Entries: []registry.Entry{{
			Server: "t", Channel: registry.Tool, Tool: "x", Digest: ijson.Digest(raw),
			Level: "public", Integrity: "verified", Stores: &registry.Stores{}, Issuer: "person", Origin: registry.Origin{File: "f", Line: 1},
		}}},
		Servers: []inventory.Server{{Name: "t", Prefix: "t", Tools: []inventory.Definition{{Name: "x", Digest: ijson.Digest(raw), Raw: raw}}}},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return built
}

const mirroring = `{"type":"object","properties":{` +
	`"region":{"type":"string","x-mcp-header":"Region"},` +
	`"deep":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"n"},"yes":{"type":"boolean","x-mcp-header":"Yes"}}}}}`

func TestHeadersRepeatArgumentsTruly(t *testing.T) {
	d := open(t)
	d.m.replace(stockWith(t, mirroring))
	for name, c := range map[string]struct {
		arguments string
		headers   []string
	}{
		"missing":            {`{"region":"eu"}`, nil},
		"another":            {`{"region":"eu"}`, []string{"Mcp-Param-Region", "us"}},
		"in capitals":        {`{"region":"eu"}`, []string{"Mcp-Param-Region", "EU"}},
		"badly encoded":      {`{"region":"eu"}`, []string{"Mcp-Param-Region", "=?base64?ZXU?="}},
		"beside no argument": {`{}`, []string{"Mcp-Param-Region", "eu"}},
		"beside null":        {`{"region":null}`, []string{"Mcp-Param-Region", "null"}},
		"another number":     {`{"deep":{"n":42}}`, []string{"Mcp-Param-N", "43"}},
		"a fraction":         {`{"deep":{"n":42}}`, []string{"Mcp-Param-N", "42.5"}},
		"a number's text":    {`{"deep":{"n":42}}`, []string{"Mcp-Param-N", `"42"`}},
		"another truth":      {`{"deep":{"yes":true}}`, []string{"Mcp-Param-Yes", "True"}},
		"no arguments":       {`{}`, []string{"Mcp-Param-Yes", "false"}},
	} {
		g := d.modern(d.alice, "tools/call", with(`"name":"t__x","arguments":`+c.arguments), c.headers...)
		if g.status != 400 || g.code(t) != codeHeader {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
	twice := d.modernRequest(t.Context(), d.alice, 1, "tools/call", with(`"name":"t__x","arguments":{"region":"eu"}`))
	twice.Header["Mcp-Param-Region"] = []string{"eu", "eu"}
	d.send(twice).want(t, 400)
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %v", asked)
	}
	for _, c := range []struct {
		arguments string
		headers   []string
	}{
		{`{}`, nil},
		{`{"region":null}`, nil},
		{`{"region":"eu"}`, []string{"Mcp-Param-Region", " eu "}},
		{`{"region":"eu"}`, []string{"Mcp-Param-Region", "=?base64?ZXU=?=", "Mcp-Param-Other", "x"}},
		{`{"region":"","deep":{"n":42.0,"yes":false}}`, []string{"Mcp-Param-Region", "=?base64??=", "Mcp-Param-N", "42", "Mcp-Param-Yes", "false"}},
		{`{"deep":{"n":-7}}`, []string{"Mcp-Param-N", "-7.0"}},
	} {
		d.modern(d.alice, "tools/call", with(`"name":"t__x","arguments":`+c.arguments), c.headers...).result(t)
	}
	// The era of sessions knows no such headers.
	d.ask(d.alice, d.session(d.alice), "tools/call", `{"name":"t__x","arguments":{"region":"eu"}}`, "Mcp-Param-Region", "us").result(t)
}

func TestOnlyTheProtocolsAnnotationsAreFollowed(t *testing.T) {
	for schema, want := range map[string][]string{
		mirroring:           {"Mcp-Param-N", "Mcp-Param-Region", "Mcp-Param-Yes"},
		`{"type":"object"}`: nil,
		`{"properties":{"x-mcp-header":{"type":"string","x-mcp-header":"A"}}}`:                                                          {"Mcp-Param-A"},
		`{"properties":{"a":{"type":"number","x-mcp-header":"A"}}}`:                                                                     nil,
		`{"properties":{"a":{"type":["string"],"x-mcp-header":"A"}}}`:                                                                   nil,
		`{"properties":{"a":{"type":"string","x-mcp-header":""}}}`:                                                                      nil,
		`{"properties":{"a":{"type":"string","x-mcp-header":"A B"}}}`:                                                                   nil,
		`{"properties":{"a":{"type":"string","x-mcp-header":"A:B"}}}`:                                                                   nil,
		`{"properties":{"a":{"type":"string","x-mcp-header":{}}}}`:                                                                      nil,
		`{"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}}`:                            nil,
		`{"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"items":{"type":"string","x-mcp-header":"B"}}}}`:                  nil,
		`{"properties":{"a":{"type":"string","x-mcp-header":"A"}},"allOf":[{"properties":{"b":{"type":"string","x-mcp-header":"B"}}}]}`: nil,
	} {
		if found := slices.Sorted(maps.Keys(mirrored(ijson.MustParse([]byte(schema))))); !slices.Equal(found, want) {
			t.Errorf("%s: %v", schema, found)
		}
	}
}

// What an agent cannot see cannot be told apart by its headers either.
func TestHeadersOfAToolThatIsNotSeenAreNotRead(t *testing.T) {
	d := open(t)
	for _, name := range []string{"notes__admin", "none"} {
		if g := d.modern(d.alice, "tools/call", with(`"name":"`+name+`"`), "Mcp-Param-Region", "x"); g.status != 200 {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
}

func TestBrowserMaySendWhatHeadersRepeat(t *testing.T) {
	d := open(t)
	g := d.do("OPTIONS", "", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "authorization, mcp-param-region,Mcp-Param-N , cookie, mcp-param-, mcp-param-a b")
	g.want(t, 204)
	allowed := g.header.Get("Access-Control-Allow-Headers")
	if !strings.HasSuffix(allowed, "Mcp-Method, Mcp-Name, Argus-Context, Mcp-Param-Region, Mcp-Param-N") {
		t.Errorf("%s", allowed)
	}
}
