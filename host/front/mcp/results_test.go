package mcp

import (
	"context"
	"testing"

	"argus/host/mediate"
	"argus/internal/ijson"
)

const self = `"io.modelcontextprotocol/serverInfo":{"name":"argus","version":"9.9"}`

func TestDiscoverTellsWhatThereIs(t *testing.T) {
	d := open(t)
	g := d.modern(d.alice, "server/discover", with(""))
	want := `{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","ttlMs":0,"cacheScope":"private","supportedVersions":["2026-07-28"],` +
		`"capabilities":{"prompts":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},"tools":{"listChanged":true}},"_meta":{` + self + `}}}`
	if g.status != 200 || g.body != want {
		t.Errorf("%d %s", g.status, g.body)
	}
}

func TestModernResultSaysWhatItIs(t *testing.T) {
	d := open(t)
	const claims = `"resultType":"input_required","ttlMs":99999,"cacheScope":"public",`
	const meta = `"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"evil"},"x.y/z":[1.0]}`
	d.m.tool = func(context.Context, string, ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{Result: []byte(`{` + claims + meta + `,"content":[],"structuredContent":9007199254740993.0}`)}, nil
	}
	d.m.channel = func(_ context.Context, _, method string, _ ijson.Value) (mediate.Reply, error) {
		result := map[string]string{
			"resources/list": `"resources":[{"uri":"a","name":"a"}]`, "resources/templates/list": `"resourceTemplates":[]`,
			"resources/read": `"contents":[{"uri":"a","text":"T"}]`, "prompts/list": `"prompts":[{"name":"p"}]`, "prompts/get": `"messages":[]`,
		}[method]
		return mediate.Reply{Result: []byte(`{` + claims + result + `}`)}, nil
	}
	const done, caching = `{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete",`, `"ttlMs":0,"cacheScope":"private",`
	for name, c := range map[string]struct{ method, params, want string }{
		"tool":      {"tools/call", `"name":"notes__echo"`, `"content":[],"structuredContent":9007199254740993.0,"_meta":{` + self + `,"x.y/z":[1.0]}`},
		"resources": {"resources/list", "", caching + `"resources":[{"uri":"argus://notes/a","name":"a"}],"_meta":{` + self + `}`},
		"templates": {"resources/templates/list", "", caching + `"resourceTemplates":[],"_meta":{` + self + `}`},
		"resource":  {"resources/read", `"uri":"argus://notes/a"`, caching + `"contents":[{"uri":"argus://notes/a","text":"T"}],"_meta":{` + self + `}`},
		"prompts":   {"prompts/list", "", caching + `"prompts":[{"name":"notes__p"}],"_meta":{` + self + `}`},
		"prompt":    {"prompts/get", `"name":"notes__p"`, `"messages":[],"_meta":{` + self + `}`},
	} {
		if g := d.modern(d.alice, c.method, with(c.params)); g.status != 200 || g.body != done+c.want+`}}` {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
}

func TestUnknownResourceIsNamedInTheError(t *testing.T) {
	d := open(t, func(o *Options) { o.Mediator.(*fake).stock = nil })
	g := d.modern(d.alice, "resources/read", with(`"uri":"file:///\u00e9"`), "Mcp-Name", "=?base64?ZmlsZTovLy/DqQ==?=")
	if g.code(t) != codeParams || g.data(t)["uri"] != "file:///é" {
		t.Errorf("%s", g.body)
	}
}
