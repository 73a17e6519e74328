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
		return mediate.Reply{Result: ijson.MustParse(`{` + claims + meta + `,"content":[],"structuredContent":9007199254740993.0}`)}, nil
	}
	d.m.channel = func(_ context.Context, _, method string, _ ijson.Value) (mediate.Reply, error) {
		result := map[string]string{
			"resources/list": `"resources":[{"uri":"a","name":"a"}]`, "resources/templates/list": `"resourceTemplates":[]`,
			"resources/read": `"contents":[{"uri":"a","text":"T"}]`, "prompts/list": `"prompts":[{"name":"p"}]`, "prompts/get": `"messages":[]`,
		}[method]
		return mediate.Reply{Result: ijson.MustParse(`{` + claims + result + `}`)}, nil
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
	d := open(t)
	for name, reply := range map[string]mediate.Failure{
		"an earlier era's": {Code: codeNoResource, Message: "none"},
		"this era's":       {Code: codeParams, Message: "none", Data: []byte(`{"uri":"\u00e9"}`)},
	} {
		d.m.channel = func(context.Context, string, string, ijson.Value) (mediate.Reply, error) {
			return mediate.Reply{Failure: &reply}, nil
		}
		g := d.modern(d.alice, "resources/read", with(`"uri":"argus://notes/\u00e9"`), "Mcp-Name", "=?base64?YXJndXM6Ly9ub3Rlcy/DqQ==?=")
		if g.status != 200 || g.code(t) != codeParams || g.data(t)["uri"] != "argus://notes/é" {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
	if g := d.modern(d.alice, "resources/read", with(`"uri":"file:///a"`)); g.code(t) != codeParams || g.data(t)["uri"] != "file:///a" {
		t.Errorf("%s", g.body)
	}
}

func TestServerDoesNotSpeakWithTheErasOwnCodes(t *testing.T) {
	d := open(t)
	var failure mediate.Failure
	d.m.tool = func(context.Context, string, ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{Failure: &failure}, nil
	}
	for code, want := range map[int64]int64{
		codeHeader: codeServer, codeVersion: codeServer, codeCapability: codeServer, -32042: codeServer, -32099: codeServer,
		-32019: -32019, codeNoResource: codeParams, codeParams: codeParams, codeMethod: codeServer,
	} {
		failure = mediate.Failure{Code: code, Message: "m", Data: []byte(`{"a":1}`)}
		if g := d.modern(d.alice, "tools/call", with(`"name":"notes__echo"`)); g.status != 200 || g.code(t) != want {
			t.Errorf("%d: %d %s", code, g.status, g.body)
		}
	}
	failure = mediate.Failure{Code: codeCapability, Message: "m", Data: []byte(`{"requiredCapabilities":{"sampling":{"tools":{}},"roots":1,"evil":{}},"evil":1}`)}
	g := d.modern(d.alice, "tools/call", with(`"name":"notes__echo"`))
	if g.status != 400 || g.body != `{"jsonrpc":"2.0","id":1,"error":{"code":-32021,"message":"m","data":{"requiredCapabilities":{"sampling":{"tools":{}}}}}}` {
		t.Errorf("%d %s", g.status, g.body)
	}
}
