package mcp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"argus/host/fault"
	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// channelDoor has a server with a prefix, one without, one whose channels nobody declared, and "down".
func channelDoor(t *testing.T) (*door, string) {
	d := open(t)
	d.m.replace(stockOf(t,
		server{name: "notes", prefix: "n", resources: true, prompts: true},
		server{name: "plain", resources: true, prompts: true},
		server{name: "shut", prefix: "shut"},
	))
	return d, d.session(d.alice)
}

func replies(results map[string]string) func(context.Context, string, string, ijson.Value) (mediate.Reply, error) {
	return func(_ context.Context, server, method string, params ijson.Value) (mediate.Reply, error) {
		result, ok := results[server+" "+params.Raw()]
		if !ok {
			return mediate.Reply{}, fmt.Errorf("%s of %s was asked %s", method, server, params.Raw())
		}
		return mediate.Reply{Result: ijson.MustParse(result)}, nil
	}
}

func TestListsOfDeclaredServersAreMerged(t *testing.T) {
	d, session := channelDoor(t)
	for method, c := range map[string]struct{ member, key, first, second, third, want string }{
		"resources/list": {"resources", "uri", "file:///a", "argus://other/x", "mem://b",
			"argus://notes/file:///a argus://notes/argus://other/x mem://b"},
		"resources/templates/list": {"resourceTemplates", "uriTemplate", "file:///{p}", "argus://other/{+x}", "mem://{id}",
			"argus://notes/file:///{p} argus://notes/argus://other/{+x} mem://{id}"},
		"prompts/list": {"prompts", "name", "greet", "part-ing", "mem", "n__greet n__part-ing mem"},
	} {
		item := func(v string) string {
			return fmt.Sprintf(`{"name":"N","title":"é",%q:%q,"icons":[{"src":"https://i.example/a.png"}],"x":1.0}`, c.key, v)
		}
		if c.key == "name" {
			item = func(v string) string {
				return fmt.Sprintf(`{"title":"é","name":%q,"icons":[{"src":"https://i.example/a.png"}],"x":1.0}`, v)
			}
		}
		d.m.channel = replies(map[string]string{
			`notes {}`:                fmt.Sprintf(`{%q:[%s],"nextCursor":"c\"1","_meta":{"dropped":1}}`, c.member, item(c.first)),
			`notes {"cursor":"c\"1"}`: fmt.Sprintf(`{%q:[%s,{"no":"key"},7,{%q:1},{%q:"two","%s":"readings"}]}`, c.member, item(c.second), c.key, c.key, strings.ToUpper(c.key)),
			`plain {}`:                fmt.Sprintf(`{%q:[%s],"nextCursor":null}`, c.member, item(c.third)),
		})
		g := d.ask(d.alice, session, method, "")
		result := g.result(t)
		if got := strings.Join(namesOf(result, c.member, c.key), " "); got != c.want {
			t.Errorf("%s: %s instead of %s", method, got, c.want)
		}
		if !strings.Contains(g.body, `"icons":[{"src":"https://i.example/a.png"}],"x":1.0`) || strings.Contains(g.body, "dropped") || result["_meta"] != nil || result["nextCursor"] != nil {
			t.Errorf("%s: %s", method, g.body)
		}
		if code := d.ask(d.alice, session, method, `{"cursor":"x"}`).code(t); code != codeParams {
			t.Errorf("%s with a cursor that nobody gave: %d", method, code)
		}
	}
	for _, asked := range d.m.heard() {
		if !strings.HasPrefix(asked, "alice/alice-1 ") || strings.Contains(asked, "shut") {
			t.Errorf("asked %q", asked)
		}
	}
}

func TestServerThatIsRefusedIsLeftOutAndCounted(t *testing.T) {
	d, session := channelDoor(t)
	inside := errors.New("canary")
	for name, reply := range map[string]func() (mediate.Reply, error){
		"refused": func() (mediate.Reply, error) { return mediate.Reply{Refusal: &mediate.Refusal{Rule: "2a"}}, nil },
		"failed":  func() (mediate.Reply, error) { return mediate.Reply{Failure: &mediate.Failure{Message: mark}}, nil },
		"down":    func() (mediate.Reply, error) { return mediate.Reply{}, fault.New(fault.Unavailable, "op", inside) },
		"slow":    func() (mediate.Reply, error) { return mediate.Reply{}, fault.New(fault.Timeout, "op", inside) },
		"no list": func() (mediate.Reply, error) { return mediate.Reply{Result: ijson.MustParse(`{"canary":[]}`)}, nil },
		"bad cursor": func() (mediate.Reply, error) {
			return mediate.Reply{Result: ijson.MustParse(`{"resources":[],"nextCursor":7}`)}, nil
		},
		"endless": func() (mediate.Reply, error) {
			return mediate.Reply{Result: ijson.MustParse(`{"resources":[],"nextCursor":"c"}`)}, nil
		},
		"long cursor": func() (mediate.Reply, error) {
			return mediate.Reply{Result: ijson.MustParse(`{"resources":[],"nextCursor":"` + strings.Repeat("c", 5000) + `"}`)}, nil
		},
	} {
		d.m.channel = func(_ context.Context, server, _ string, _ ijson.Value) (mediate.Reply, error) {
			if server == "notes" {
				return reply()
			}
			return mediate.Reply{Result: ijson.MustParse(`{"resources":[{"uri":"mem://b","name":"b"}]}`)}, nil
		}
		want := `{"jsonrpc":"2.0","id":1,"result":{"resources":[{"uri":"mem://b","name":"b"}],"_meta":{"argus/withheld":1}}}`
		if g := d.ask(d.alice, session, "resources/list", ""); g.body != want {
			t.Errorf("%s: %s", name, g.body)
		}
		if n := len(d.m.heard()); n != 2 && (name != "endless" || n != maxPages+1) {
			t.Errorf("%s: %d calls", name, n)
		}
	}
	for _, kind := range []fault.Kind{fault.Halted, fault.Bug} {
		d.m.channel = func(context.Context, string, string, ijson.Value) (mediate.Reply, error) {
			return mediate.Reply{}, fault.New(kind, "op", inside)
		}
		if g := d.ask(d.alice, session, "resources/list", ""); g.code(t) != told[kind].code || strings.Contains(g.body, mark) {
			t.Errorf("%s: %s", kind, g.body)
		}
	}
}

func TestCancelledListAsksNoMoreServers(t *testing.T) {
	d, session := channelDoor(t)
	begun := make(chan struct{})
	d.m.channel = func(ctx context.Context, _, _ string, _ ijson.Value) (mediate.Reply, error) {
		close(begun) // a second server would close it again
		<-ctx.Done()
		return mediate.Reply{}, fault.New(fault.Timeout, "op", ctx.Err())
	}
	answer := make(chan got, 1)
	r := d.request(t.Context(), "POST", d.alice, call(1, "resources/list", ""), "Mcp-Session-Id", session)
	go func() { answer <- d.send(r) }()
	within(t, "the first server is asked", begun)
	d.do("POST", d.alice, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, "Mcp-Session-Id", session).want(t, 202)
	if code := (<-answer).code(t); code != codeTimeout {
		t.Errorf("answered with %d", code)
	}
	if asked := d.m.heard(); len(asked) != 1 {
		t.Errorf("asked %q", asked)
	}
}

func TestListIsBounded(t *testing.T) {
	d, session := channelDoor(t)
	items := strings.Repeat(`{"uri":"a","name":"a"},`, 4000)
	d.m.channel = func(context.Context, string, string, ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{Result: ijson.MustParse(`{"resources":[` + items[:len(items)-1] + `],"nextCursor":"c"}`)}, nil
	}
	result := d.ask(d.alice, session, "resources/list", "").result(t)
	if n := len(result["resources"].([]any)); n != maxItems || result["_meta"] == nil {
		t.Errorf("%d items, %v", n, result["_meta"])
	}
}

func TestPromptsThatNoNameLeadsToAreLeftOut(t *testing.T) {
	d := open(t)
	d.m.replace(stockOf(t,
		server{name: "two", prefix: "a__b", prompts: true},
		server{name: "one", prefix: "a", prompts: true},
		server{name: "plain", prompts: true},
	))
	lists := map[string][]string{
		"one":   {"x", "b__x", strings.Repeat("l", 64), "sp ace", "dot.", "é", ""},
		"two":   {"x"},
		"plain": {"x", "a__x", "argus__delegate", strings.Repeat("l", 64), strings.Repeat("l", 65)},
	}
	d.m.channel = func(_ context.Context, server, method string, _ ijson.Value) (mediate.Reply, error) {
		var items []string
		for _, name := range lists[server] {
			items = append(items, fmt.Sprintf(`{"name":%q}`, name))
		}
		return mediate.Reply{Result: ijson.MustParse(`{"prompts":[` + strings.Join(items, ",") + `]}`)}, nil
	}
	session := d.session(d.alice)
	got := namesOf(d.ask(d.alice, session, "prompts/list", "").result(t), "prompts", "name")
	if want := []string{"a__b__x", "a__x", "x", strings.Repeat("l", 64)}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	d.m.heard()
	d.m.channel = nil
	for name, want := range map[string]string{"a__x": `one: prompts/get {"name":"x"}`, "a__b__x": `two: prompts/get {"name":"x"}`, "x": `plain: prompts/get {"name":"x"}`} {
		d.ask(d.alice, session, "prompts/get", `{"name":"`+name+`"}`).result(t)
		if asked := d.m.heard(); !slices.Equal(asked, []string{"alice/alice-1 prompts of " + want}) {
			t.Errorf("%s: %q", name, asked)
		}
	}
}

func TestResourceIsReadFromTheServerThatItsAddressNames(t *testing.T) {
	d, session := channelDoor(t)
	d.m.channel = func(_ context.Context, _, _ string, params ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{Result: ijson.MustParse(`{"contents":[{"uri":"file:///a","text":"T","x":1.0},{"text":"no uri"},{"uri":"argus://notes/file:///b"}],"_meta":{"uri":"raw"}}`)}, nil
	}
	for address, want := range map[string][2]string{
		"argus://notes/file:///a": {`notes: resources/read {"uri":"file:///a"}`,
			`{"contents":[{"uri":"argus://notes/file:///a","text":"T","x":1.0},{"text":"no uri"},{"uri":"argus://notes/argus://notes/file:///b"}],"_meta":{"uri":"raw"}}`},
		"argus://notes/argus://x/y": {`notes: resources/read {"uri":"argus://x/y"}`, `"argus://notes/file:///a"`},
		"argus://plain/a":           {`plain: resources/read {"uri":"a"}`, `{"uri":"file:///a"`},
		"file:///a":                 {`plain: resources/read {"uri":"file:///a"}`, `{"uri":"argus://plain/argus://notes/file:///b"}`},
		"argus://nobody/a":          {`nobody: resources/read {"uri":"a"}`, `"contents"`}, // the mediator refuses it
		"argus://shut/a":            {`shut: resources/read {"uri":"a"}`, `"contents"`},   // and this
	} {
		g := d.ask(d.alice, session, "resources/read", `{"uri":"`+address+`"}`)
		if asked := d.m.heard(); !slices.Equal(asked, []string{"alice/alice-1 resources of " + want[0]}) {
			t.Errorf("%s: %q", address, asked)
		}
		if !strings.Contains(g.body, want[1]) {
			t.Errorf("%s: %s", address, g.body)
		}
	}
	for _, params := range []string{`{}`, `{"uri":1}`, `{"uri":"a","URI":"b"}`} {
		if code := d.ask(d.alice, session, "resources/read", params).code(t); code != codeParams {
			t.Errorf("%s: %d", params, code)
		}
	}
}

func TestAddressThatNamesNoServerAsksNone(t *testing.T) {
	d := open(t)
	d.m.replace(stockOf(t, server{name: "one", resources: true, prompts: true}, server{name: "two", resources: true, prompts: true}))
	session := d.session(d.alice)
	for _, address := range []string{"file:///a", "argus://one", "", "ARGUS://one/a"} {
		if code := d.ask(d.alice, session, "resources/read", `{"uri":"`+address+`"}`).code(t); code != codeNoResource {
			t.Errorf("%q: %d", address, code)
		}
	}
	if code := d.ask(d.alice, session, "prompts/get", `{"name":"x"}`).code(t); code != codeParams {
		t.Errorf("a prompt of either: %d", code)
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("asked %q", asked)
	}
	d.m.channel = replies(map[string]string{
		`one {}`: `{"resources":[{"uri":"file:///a"}],"prompts":[{"name":"x"}]}`, `two {}`: `{"resources":[{"uri":"file:///a"}],"prompts":[{"name":"x"}]}`,
	})
	if got := namesOf(d.ask(d.alice, session, "resources/list", "").result(t), "resources", "uri"); !slices.Equal(got, []string{"argus://one/file:///a", "argus://two/file:///a"}) {
		t.Errorf("%q", got)
	}
	if got := namesOf(d.ask(d.alice, session, "prompts/list", "").result(t), "prompts", "name"); !slices.Equal(got, []string{"one__x", "two__x"}) {
		t.Errorf("%q", got)
	}
}

func TestPromptOfOneServerIsNotShownAsAnothers(t *testing.T) {
	d := open(t)
	d.m.replace(stockOf(t, server{name: "one", prompts: true}, server{name: "two", prompts: true}, server{name: "three", prefix: "one", prompts: true}))
	d.m.channel = replies(map[string]string{
		`one {}`: `{"prompts":[{"name":"x"}]}`, `two {}`: `{"prompts":[{"name":"x"}]}`, `three {}`: `{"prompts":[{"name":"x"},{"name":"y"}]}`,
	})
	session := d.session(d.alice)
	if got := namesOf(d.ask(d.alice, session, "prompts/list", "").result(t), "prompts", "name"); !slices.Equal(got, []string{"one__x", "two__x"}) {
		t.Errorf("%q", got)
	}
}

func TestPromptArgumentsAreTexts(t *testing.T) {
	d, session := channelDoor(t)
	d.ask(d.alice, session, "prompts/get", `{"name":"n__x","arguments":{"a":"é","b":""}}`).result(t)
	if asked := d.m.heard(); !slices.Equal(asked, []string{`alice/alice-1 prompts of notes: prompts/get {"name":"x","arguments":{"a":"é","b":""}}`}) {
		t.Errorf("%q", asked)
	}
	for _, params := range []string{`{}`, `{"name":1}`, `{"name":"n__x","arguments":{"a":1}}`, `{"name":"n__x","arguments":[]}`, `{"name":"n__x","Name":"y"}`} {
		if code := d.ask(d.alice, session, "prompts/get", params).code(t); code != codeParams {
			t.Errorf("%s: %d", params, code)
		}
	}
}

func TestRefusedChannelIsToldAsAnError(t *testing.T) {
	d, session := channelDoor(t)
	d.m.channel = func(context.Context, string, string, ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{Refusal: &mediate.Refusal{Rule: "closed_channel", Sentence: "This channel of the server is closed.", Reference: "R-1"}}, nil
	}
	for method, params := range map[string]string{"resources/read": `{"uri":"argus://shut/a"}`, "prompts/get": `{"name":"n__x"}`} {
		g := d.ask(d.alice, session, method, params)
		if g.code(t) != codeRefused || !strings.Contains(g.body, "Argus refused this call (rule closed_channel): This channel of the server is closed. Reference R-1.") {
			t.Errorf("%s", g.body)
		}
	}
}

func TestRoutesFollowFromTheConfigAlone(t *testing.T) {
	if offering(nil, registry.Resources) != nil {
		t.Error("routes without an inventory")
	}
	rs := offering(stockOf(t, server{name: "s", prefix: "p", resources: true}), registry.Prompts)
	if len(rs) != 0 {
		t.Errorf("a route over an undeclared channel: %v", rs)
	}
}
