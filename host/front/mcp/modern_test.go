package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"argus/host/identity"
)

// said is the _meta of a request of the modern era. More members follow a comma.
func said(more string) string {
	return `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}` + more + `}`
}

// with is params of the modern era: members, and what every request says of itself.
func with(members string) string {
	if members != "" {
		members += ","
	}
	return "{" + members + said("") + "}"
}

// modernRequest is one request of the modern era with the headers that its body asks for; headers given here are set over them, and an empty value
// leaves one out.
func (d *door) modernRequest(ctx context.Context, token identity.Token, id any, method, params string, headers ...string) *http.Request {
	d.t.Helper()
	r := d.request(ctx, "POST", token, call(id, method, params), "Mcp-Protocol-Version", modern, "Mcp-Method", method)
	var subject struct{ Name, URI string }
	if err := json.Unmarshal([]byte(params), &subject); err == nil && named[method] != "" {
		if name := subject.Name + subject.URI; name != "" {
			r.Header.Set("Mcp-Name", name)
		}
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	return r
}

// modern sends one request of the modern era.
func (d *door) modern(token identity.Token, method, params string, headers ...string) got {
	d.t.Helper()
	return d.send(d.modernRequest(context.Background(), token, 1, method, params, headers...))
}

// data is the data of the answer's error.
func (g got) data(t testing.TB) map[string]any {
	t.Helper()
	var answer struct{ Error struct{ Data map[string]any } }
	if err := json.Unmarshal([]byte(g.body), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Error.Data
}

func TestRequestOfTheModernEraNeedsNoSession(t *testing.T) {
	d := open(t)
	for _, id := range []string{"", d.session(d.alice), d.session(d.bob), "none", strings.Repeat("A", 52)} {
		g := d.modern(d.alice, "tools/call", with(`"name":"notes__echo","arguments":{"x":1}`), "Mcp-Session-Id", id)
		if g.result(t)["resultType"] != "complete" || g.header.Get("Mcp-Session-Id") != "" {
			t.Errorf("session %q: %v %s", id, g.header, g.body)
		}
		if asked := d.m.heard(); len(asked) != 1 || asked[0] != `alice/alice-1 call notes__echo {"x":1}` {
			t.Errorf("%q", asked)
		}
	}
	if len(d.f.sessions.of["alice"]) != 1 {
		t.Error("a session was opened by a request that has none")
	}
}

func TestModernRequestIsBoundToTokenAndContextLikeAny(t *testing.T) {
	d := open(t)
	params := with(`"name":"notes__echo"`)
	d.modern("", "tools/call", params).want(t, 401)
	d.modern(identity.NewToken(), "tools/call", params).want(t, 401)
	d.modern(d.alice, "tools/call", params, "Argus-Context", "ctx_one").want(t, 400)
	d.modern(d.alice, "tools/call", params, "Origin", "https://evil.example").want(t, 403)
	elsewhere := d.modernRequest(t.Context(), d.alice, 1, "tools/call", params)
	elsewhere.Host = "evil.example"
	d.send(elsewhere).want(t, 403)
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %v", asked)
	}
	d.modern(d.bob, "tools/call", params, "Argus-Context", "ctx_one").result(t)
	if asked := d.m.heard(); len(asked) != 1 || !strings.HasPrefix(asked[0], "bob/bob-ctx_one ") {
		t.Errorf("%q", asked)
	}
}

func TestMetaIsDemandedWhole(t *testing.T) {
	d := open(t)
	const version, capabilities = `"io.modelcontextprotocol/protocolVersion":"2026-07-28"`, `"io.modelcontextprotocol/clientCapabilities":{}`
	for name, c := range map[string]struct {
		params string
		code   int64
	}{
		"no _meta":                       {`{}`, codeParams},
		"_meta no object":                {`{"_meta":[]}`, codeParams},
		"no version":                     {`{"_meta":{` + capabilities + `}}`, codeParams},
		"version no text":                {`{"_meta":{"io.modelcontextprotocol/protocolVersion":1,` + capabilities + `}}`, codeParams},
		"version too long":               {`{"_meta":{"io.modelcontextprotocol/protocolVersion":"` + strings.Repeat("2", 65) + `",` + capabilities + `}}`, codeParams},
		"no capabilities":                {`{"_meta":{` + version + `}}`, codeParams},
		"capabilities no object":         {`{"_meta":{` + version + `,"io.modelcontextprotocol/clientCapabilities":true}}`, codeParams},
		"a name in another case":         {`{"_meta":{` + version + `,` + capabilities + `,"io.modelcontextprotocol/LogLevel":"debug"}}`, codeParams},
		"a level that is none":           {`{` + said(`,"io.modelcontextprotocol/logLevel":"loud"`) + `}`, codeParams},
		"a level that is no text":        {`{` + said(`,"io.modelcontextprotocol/logLevel":1`) + `}`, codeParams},
		"a progress token of no kind":    {`{` + said(`,"progressToken":1.5`) + `}`, codeParams},
		"a progress token without end":   {`{` + said(`,"progressToken":"`+strings.Repeat("a", 300)+`"`) + `}`, codeParams},
		"another version in the body":    {strings.Replace(with(""), modern, "2026-07-29", 1), codeHeader},
		"an earlier version in the body": {strings.Replace(with(""), modern, revision, 1), codeHeader},
	} {
		for _, method := range []string{"server/discover", "tools/list", "initialize"} {
			g := d.modern(d.alice, method, c.params)
			if g.status != 400 || g.code(t) != c.code || !strings.Contains(g.body, `"id":1,`) {
				t.Errorf("%s of %s: %d %s", method, name, g.status, g.body)
			}
		}
	}
	for _, more := range []string{`,"io.modelcontextprotocol/logLevel":"info","progressToken":"a"`, `,"progressToken":7,"traceparent":"00","x.y/z":1`, `,"io.modelcontextprotocol/clientInfo":{}`} {
		d.modern(d.alice, "tools/list", `{`+said(more)+`}`).result(t)
	}
}

func TestHeaderAndBodyMustSayTheSame(t *testing.T) {
	d := open(t)
	d.m.heard()
	call := with(`"name":"notes__echo"`)
	for name, c := range map[string]struct {
		method, params string
		headers        []string
	}{
		"no version":                {"tools/call", call, []string{"Mcp-Protocol-Version", ""}},
		"an earlier version":        {"tools/call", call, []string{"Mcp-Protocol-Version", revision}},
		"a version of its own":      {"tools/call", call, []string{"Mcp-Protocol-Version", "v1"}},
		"no method":                 {"tools/call", call, []string{"Mcp-Method", ""}},
		"another method":            {"tools/call", call, []string{"Mcp-Method", "tools/list"}},
		"the method in capitals":    {"tools/call", call, []string{"Mcp-Method", "Tools/Call"}},
		"no name":                   {"tools/call", call, []string{"Mcp-Name", ""}},
		"another name":              {"tools/call", call, []string{"Mcp-Name", "notes__admin"}},
		"the name in capitals":      {"tools/call", call, []string{"Mcp-Name", "NOTES__ECHO"}},
		"another name, encoded":     {"tools/call", call, []string{"Mcp-Name", "=?base64?eA==?="}},
		"a name that is not base64": {"tools/call", call, []string{"Mcp-Name", "=?base64?!?="}},
		"a name with loose bits":    {"tools/call", with(`"name":"x"`), []string{"Mcp-Name", "=?base64?eB==?="}},
		"a name in bare UTF-8":      {"tools/call", with(`"name":"é"`), []string{"Mcp-Name", "é"}},
		"a name beside no name":     {"tools/call", with(""), []string{"Mcp-Name", "notes__echo"}},
		"another prompt":            {"prompts/get", with(`"name":"notes__x"`), []string{"Mcp-Name", "notes__y"}},
		"another resource":          {"resources/read", with(`"uri":"argus://notes/a"`), []string{"Mcp-Name", "argus://notes/b"}},
	} {
		g := d.modern(d.alice, c.method, c.params, c.headers...)
		if g.status != 400 || g.code(t) != codeHeader || !strings.Contains(g.body, `"id":1,`) {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
	r := d.modernRequest(t.Context(), d.alice, 1, "tools/call", call)
	r.Header["Mcp-Name"] = []string{"notes__echo", "notes__echo"}
	d.send(r).want(t, 400)
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %v", asked)
	}
	for _, name := range []string{"notes__echo", "  notes__echo\t", "=?base64?bm90ZXNfX2VjaG8=?="} {
		d.modern(d.alice, "tools/call", call, "Mcp-Name", name).result(t)
	}
	d.modern(d.alice, "tools/call", with(`"name":"é"`), "Mcp-Name", "=?base64?w6k=?=").result(t)
	d.modern(d.alice, "resources/read", with(`"uri":"argus://notes/a"`)).result(t)
	d.modern(d.alice, "prompts/get", with(`"name":"notes__x"`)).result(t)
}

func TestVersionThatIsNotSupportedIsToldWhichAre(t *testing.T) {
	d := open(t)
	for _, version := range []string{"v999.0.0", "2026-07-29", "2027-01-01", revision} {
		g := d.modern(d.alice, "tools/list", strings.Replace(with(""), modern, version, 1), "Mcp-Protocol-Version", version)
		if g.status != 400 || g.code(t) != codeVersion || fmt.Sprint(g.data(t)) != "map[requested:"+version+" supported:[2026-07-28]]" {
			t.Errorf("%s: %d %s", version, g.status, g.body)
		}
	}
}

func TestMethodsOfTheEraOfSessionsAreUnknownInTheModern(t *testing.T) {
	d := open(t)
	for _, method := range []string{
		"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "notifications/initialized", "canary", "", "Tools/List",
	} {
		g := d.modern(d.alice, method, with(""), "Mcp-Method", method)
		if method != "" && (g.status != 404 || g.code(t) != codeMethod || !strings.Contains(g.body, `"id":1,`)) || strings.Contains(g.body, mark) {
			t.Errorf("%s: %d %s", method, g.status, g.body)
		}
	}
	if len(d.f.sessions.of["alice"]) > 0 {
		t.Error("a session was opened")
	}
}

func TestModernNotificationIsTakenAndAResponseIsNot(t *testing.T) {
	d := open(t)
	d.do("POST", d.alice, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, "Mcp-Protocol-Version", modern).want(t, 202)
	g := d.do("POST", d.alice, `{"jsonrpc":"2.0","id":1,"result":{}}`, "Mcp-Protocol-Version", modern)
	if g.status != 400 || g.code(t) != codeInvalidRequest {
		t.Errorf("%d %s", g.status, g.body)
	}
}

func TestBothErasAreServedAtOnce(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	old := d.ask(d.alice, session, "tools/list", "")
	if g := d.modern(d.alice, "tools/list", with("")); strings.Join(namesOf(g.result(t), "tools", "name"), " ") != strings.Join(namesOf(old.result(t), "tools", "name"), " ") {
		t.Errorf("%s and %s", g.body, old.body)
	}
	if strings.Contains(old.body, "resultType") || d.ask(d.alice, session, "ping", "").body != `{"jsonrpc":"2.0","id":1,"result":{}}` {
		t.Errorf("the era of sessions has changed: %s", old.body)
	}
	// A session says nothing for a request of the other era, nor does the header for one of this.
	d.ask(d.alice, session, "tools/list", with("")).want(t, 400)
	d.ask(d.alice, session, "tools/list", "", "Mcp-Protocol-Version", modern).want(t, 400)
}
