package real

import (
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"argus/test/daemon"
)

func (a *agent) toolNames() (names []string) {
	a.t.Helper()
	var list struct{ Tools []struct{ Name string } }
	a.ask("tools", nil, &list)
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return names
}

func officialSDK(t *testing.T, w *world) {
	a, said := w.startAgent(t, "newcomer")
	var greeting struct {
		Server       struct{ Name string }
		Capabilities map[string]any
		Instructions *string
		Session      string
		Revision     string
	}
	if said.Error != nil {
		t.Fatal(said.Error)
	}
	a.read(said, &greeting)
	if greeting.Server.Name != "argus" || greeting.Session == "" || greeting.Revision != "2025-11-25" ||
		greeting.Instructions == nil || !strings.Contains(*greeting.Instructions, "Everything Server") {
		t.Errorf("the greeting: %s", said.Result)
	}
	names := a.toolNames()
	for _, name := range []string{"filesystem__read_file", "filesystem__write_file", "memory__read_graph", "everything__echo", "everything__get-sum"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not listed", name)
		}
	}
	for _, name := range names {
		if !regexp.MustCompile(`^(everything|overheard|filesystem|memory|unchecked)__`).MatchString(name) {
			t.Errorf("%s is listed", name)
		}
	}
	for _, part := range []string{"filesystem", "memory", "everything"} {
		if s := w.Status(t).Server(part); s.State != "ready" || len(s.Protections) == 0 {
			t.Errorf("server %s: %+v", part, s)
		}
	}
	if r := a.do("ping", nil); r.Error != nil {
		t.Error(r.Error)
	}
	if r := runAgent(t, "stranger").do("connect", object{"url": w.daemon.URL, "token": "argus_" + strings.Repeat("x", 43)}); r.Error == nil {
		t.Error("a made-up token was let in")
	}
	a.ask("close", nil, &struct{}{})
}

func everything(t *testing.T, w *world) {
	a := w.agent(t, "explorer")
	a.toolNames() // the SDK learns the output schemas, and holds results to them
	if got := a.call("everything__echo", object{"message": "grüße \U0001F44B"}).text(); got != "Echo: grüße \U0001F44B" {
		t.Errorf("echo: %q", got)
	}
	if got := a.call("everything__get-sum", object{"a": 2.5, "b": -7}).text(); !strings.Contains(got, "-4.5") {
		t.Errorf("get-sum: %q", got)
	}
	if got := a.call("everything__get-structured-content", object{"location": "Chicago"}); !strings.Contains(string(got.StructuredContent), `"temperature"`) {
		t.Errorf("get-structured-content: %+v", got)
	}
	image := a.call("everything__get-tiny-image", nil)
	if !slices.ContainsFunc(image.Content, func(c struct{ Type, Text, Data, MimeType, URI string }) bool {
		return c.Type == "image" && c.MimeType == "image/png" && len(c.Data) > 100
	}) {
		t.Errorf("get-tiny-image: %+v", image)
	}
	a.call("everything__toggle-simulated-logging", nil)
	a.call("everything__toggle-simulated-logging", nil)
	if env := a.call("everything__get-env", nil).text(); strings.Contains(env, "CANARY") || !strings.Contains(env, `"HOME"`) {
		t.Errorf("the server's environment: %s", env)
	}
	if r := a.try("everything__get-sum", object{"a": "2", "b": 1}); !strings.Contains(r.text(), "Argus refused this call (rule arguments)") {
		t.Errorf("a wrong argument: %s", r.text())
	}
}

func channels(t *testing.T, w *world) {
	a := w.agent(t, "librarian")
	var resources struct {
		Resources []struct{ URI string }
		Meta      map[string]any `json:"_meta"`
	}
	a.ask("resources", nil, &resources)
	uris := []string{}
	for _, r := range resources.Resources {
		uris = append(uris, r.URI)
	}
	for _, uri := range []string{"argus://everything/demo://resource/static/document/architecture.md", "argus://memory/memory://knowledge-graph"} {
		var read struct{ Contents []struct{ URI, Text string } }
		if !slices.Contains(uris, uri) {
			t.Errorf("%s is not listed among %v", uri, uris)
		}
		if a.ask("read", object{"uri": uri}, &read); len(read.Contents) != 1 || read.Contents[0].URI != uri || read.Contents[0].Text == "" {
			t.Errorf("%s: %+v", uri, read)
		}
	}
	var templates struct {
		ResourceTemplates []struct{ URITemplate string }
	}
	if a.ask("templates", nil, &templates); len(templates.ResourceTemplates) != 4 {
		t.Errorf("templates: %+v", templates)
	}
	var dynamic struct{ Contents []struct{ Text string } }
	if a.ask("read", object{"uri": "argus://everything/demo://resource/dynamic/text/7"}, &dynamic); len(dynamic.Contents) != 1 {
		t.Errorf("a resource of a template: %+v", dynamic)
	}
	var prompt struct {
		Messages []struct{ Content struct{ Text string } }
	}
	a.ask("prompt", object{"name": "everything__args-prompt", "arguments": object{"city": "Argos"}}, &prompt)
	if len(prompt.Messages) != 1 || !strings.Contains(prompt.Messages[0].Content.Text, "Argos") {
		t.Errorf("a prompt: %+v", prompt)
	}
	if r := a.do("read", object{"uri": "argus://filesystem/file:///etc/passwd"}); r.Error == nil {
		t.Errorf("a resource of a channel that is not declared: %s", r.Result)
	}
}

// noNetwork has the server fetch from this very test, which waits for it.
func noNetwork(t *testing.T, w *world) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	came := make(chan struct{}, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			came <- struct{}{}
		}
	}()
	a := w.agent(t, "caller")
	if r := a.try("everything__gzip-file-as-resource", object{"name": "x.gz", "data": "http://" + l.Addr().String() + "/"}); !r.IsError {
		t.Errorf("it fetched: %s", r.text())
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	<-came // the control: the listener does hear whoever can call
	select {
	case <-came:
		t.Error("the server reached the network")
	default:
	}
}

func cancelled(t *testing.T, w *world) {
	a := w.agent(t, "hasty")
	w.cancel(t, a, "everything")
	if got := a.call("everything__echo", object{"message": "still here"}).text(); got != "Echo: still here" {
		t.Errorf("after it: %q", got)
	}
	short := a.call("everything__trigger-long-running-operation", object{"duration": 0.2, "steps": 2})
	if !strings.Contains(short.text(), "completed") {
		t.Errorf("the control: %s", short.text())
	}
}

// cancel has an agent cancel a call while it is under way.
func (w *world) cancel(t *testing.T, a *agent, server string) {
	t.Helper()
	began := time.Now()
	long := a.begin("call", object{
		"name": server + "__trigger-long-running-operation", "arguments": object{"duration": 60, "steps": 60}, "named": "long",
	})
	daemon.Until(t, "the call is under way", func() bool { return w.flights(t, a.name) == 1 })
	a.ask("cancel", object{"named": "long"}, &struct{}{})
	if said := <-long; said.Error == nil {
		t.Errorf("a cancelled call came back: %s", said.Result)
	}
	daemon.Until(t, "the call is settled", func() bool { return w.flights(t, a.name) == 0 })
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the cancelled call took %v", took)
	}
	if got := w.outcome(t, server+"/trigger-long-running-operation"); got != "unknown" {
		t.Errorf("the journal says that the outcome of the cancelled call is %q", got)
	}
}

// outcome is how the newest call of a tool ended.
func (w *world) outcome(t *testing.T, tool string) (outcome string) {
	t.Helper()
	newest := uint64(0)
	for _, s := range w.Steps(t) {
		switch {
		case s.Do == "invoke_start" && strings.HasPrefix(s.Input.Tool, tool):
			newest, outcome = s.Event.Invocation, ""
		case s.Do == "invoke_complete" && s.Input.Invocation == newest:
			outcome = s.Input.Outcome
		}
	}
	return outcome
}

func (w *world) flights(t *testing.T, principal string) int {
	t.Helper()
	var said struct {
		Agents []struct {
			Principal string
			Flights   int
		}
	}
	w.Ask(t, &said, "agent", "list")
	open := 0
	for _, a := range said.Agents {
		if a.Principal == principal {
			open += a.Flights
		}
	}
	return open
}
