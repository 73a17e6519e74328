//go:build linux

package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/fakevendor"
	"argus/test/daemon"
)

// faulty is the program that stands for a plugin; see its own package for what it can be told.
const faulty = "faulty"

// post is a tool with an effect outside, of both servers.
const post = "post-slack"

// other is a server that no fault is about.
const other = "other"

// reading is a server whose tool brings what only the content gate lets go to a model.
const reading = "reading"

// asking is a server whose tool asks the agent's client.
const (
	asking   = "asking"
	question = "test_elicitation"
)

// program is what runs the agents, and posting is its tool.
const (
	program = "office"
	posting = "post"
)

// upstream is the vendor of a model.
const upstream = "openai"

const vendorKey = "sk-of-the-vendor"

const extraPolicy = "permit (principal, action == Argus::Action::\"vouch\", resource == Argus::Sink::\"llm_provider\");\n"

// world is one daemon with one plugin that can be told to go wrong.
type world struct {
	*daemon.Folder
	kind    kind
	owner   *testing.T // whose end ends the daemon
	servers []string   // the stubs, and the other
	turn    int        // of the stubs
	daemon  *daemon.Daemon
	token   string
	agent   *client.Client
	http    *http.Client // of every agent
	vendor  *fakevendor.Vendor
	shop    *httptest.Server // where the vendor is
	models  string           // the door to the vendor
	reader  string           // the token of an agent that has read something
	worker  string           // the token of one whose program has a tool

	ownDisk bool      // the state lies on a disk of its own
	struck  time.Time // since when the plugin exits at its start

	mu      sync.Mutex
	made    int              // markers
	gates   map[string]*gate // by marker
	effects []daemon.Effect  // beside those that a server logs
	vain    []string         // markers of what an agent was told had no effect
	served  []string         // markers of what an agent has the answer of
}

func newWorld(t *testing.T, k kind) *world {
	t.Helper()
	w := &world{Folder: daemon.Init(t, programs), kind: k, owner: t, http: &http.Client{Transport: &http.Transport{}}, gates: map[string]*gate{}}
	if k.small {
		w.mountSmall(t)
	}
	w.plug(t)
	w.Write(t, "policies/faults.cedar", extraPolicy)
	w.Configure(t, "[profile.none]\nread = []\n")
	for i := range max(k.stubs, 1) {
		w.servers = append(w.servers, fmt.Sprintf("stub%d", i))
	}
	w.servers = append(w.servers, other)
	for _, name := range w.servers {
		w.server(t, name, "stub", "-set", "stories", "-log", w.CallLog(name))
		w.register(t, name, approval(post, unknown))
	}
	w.server(t, reading, "stub", "-tools", "read-db", "-secret", "the customers", "-log", w.CallLog(reading))
	w.server(t, asking, "fixtures")
	w.sell(t)
	w.order(t, "")
	w.up(t)
	w.approveAll(t)
	w.token = w.NewAgent(t, "agent")
	w.connect(t)
	w.reads(t)
	return w
}

// server configures one.
func (w *world) server(t *testing.T, name, binary string, arguments ...string) {
	t.Helper()
	var quoted []string
	for _, a := range arguments {
		quoted = append(quoted, strconv.Quote(a))
	}
	w.Configure(t, fmt.Sprintf("[[server]]\nname = %q\ncommand = %q\nprofile = \"none\"\nargs = [%s]\n",
		name, filepath.Join(programs.Folder, binary), strings.Join(quoted, ", ")))
}

// sell configures a model, whose vendor hands over a call where that is asked for.
func (w *world) sell(t *testing.T) {
	t.Helper()
	w.vendor = fakevendor.New(vendorKey, func(c fakevendor.Conversation) fakevendor.Answer {
		marker := c.Said[len(c.Said)-1].Text
		w.pass(marker)
		if len(c.Tools) == 0 {
			return fakevendor.Answer{Text: "hello"}
		}
		return fakevendor.Answer{Calls: []fakevendor.Call{{Tool: posting, Arguments: fmt.Sprintf(`{"text":%q}`, marker)}}}
	})
	w.vendor.Carry(fakevendor.Manner{Piece: 1 << 10}) // a call's arguments in one event
	w.shop = httptest.NewServer(w.vendor)
	t.Cleanup(w.shop.Close)
	w.Write(t, "vendor.key", vendorKey)
	w.Edit(t, "argus.toml", `listen = "127.0.0.1:8743"`, `listen = "127.0.0.1:0"`)
	w.Edit(t, "argus.toml", `user_label = { level = "internal", integrity = "observed" }`, `user_label = { level = "public", integrity = "verified" }`)
	w.Configure(t, fmt.Sprintf("[upstream.%s]\nsink = \"llm_provider\"\nurl = %q\nformat = \"openai\"\nkey = \"file:vendor.key\"\n"+
		"[[client]]\nname = %q\nagents = [\"worker\"]\n", upstream, w.shop.URL, program))
}

// approveAll approves what the servers define and the program declares.
func (w *world) approveAll(t *testing.T) {
	t.Helper()
	seen := func(server, tool string) (digest string) {
		daemon.Until(t, server+" has told its tools", func() bool {
			digest = w.Tool(t, server, tool).Digest
			return digest != ""
		})
		return digest
	}
	of := seen(other, post)
	w.worker = w.NewAgent(t, "worker")
	for _, name := range w.servers { // they are the same program
		w.register(t, name, approval(post, of))
	}
	w.register(t, reading, entry("read-db", seen(reading, "read-db"), "sensitive", ""))
	w.register(t, asking, entry(question, seen(asking, question), "public", "")+
		"\n[channels.elicitation]\ncapabilities = []\nlabel = { level = \"public\", integrity = \"verified\" }\nsinks = []\nstores = { reads = [], writes = [] }\n")
	if _, err := w.model(t, w.worker, withTool("declare")); err != nil {
		t.Fatal(err)
	}
	w.register(t, program, approval(posting, seen(program, posting)))
	daemon.Until(t, "everything can be called", func() bool {
		callable := 0
		for _, tool := range w.Tools(t) {
			if tool.Callable() && slices.Contains([]string{post, "read-db", question, posting}, tool.Tool) {
				callable++
			}
		}
		return callable == len(w.servers)+3
	})
}

// reads has an agent read something that its prompts could tell.
func (w *world) reads(t *testing.T) {
	t.Helper()
	w.reader = w.NewAgent(t, "reader")
	if _, err := callTool(t, w.session(t, w.reader), reading+"__read-db", map[string]any{}); err != nil {
		t.Fatal(err)
	}
}

// plug puts the faulty plugin in the place of the real one.
func (w *world) plug(t *testing.T) {
	t.Helper()
	if w.kind.table != "" {
		w.Configure(t, w.kind.table+"binary = \""+faulty+"\"\n"+pin)
		return
	}
	line := regexp.MustCompile(`binary = "` + w.kind.real + `"\nsha256 = "[0-9a-f]{64}"\n`)
	text := w.Read(t, "argus.toml")
	if !line.MatchString(text) {
		t.Fatalf("argus.toml names no %s", w.kind.real)
	}
	w.Write(t, "argus.toml", line.ReplaceAllString(text, "binary = \""+faulty+"\"\n"+pin))
}

// stub is the server that the present fault is about.
func (w *world) stub() string { return w.servers[w.turn%(len(w.servers)-1)] }

// unknown is the digest of no definition.
var unknown = "sha256:" + strings.Repeat("0", 64)

// approval is what approves a tool with an effect outside, in one definition.
func approval(tool, digest string) string { return entry(tool, digest, "public", `"network_external"`) }

func entry(tool, digest, level, sinks string) string {
	return fmt.Sprintf("\n[[tool]]\nname = %q\ndigest = %q\ncapabilities = []\nlabel = { level = %q, integrity = \"verified\" }\n"+
		"sinks = [%s]\nstores = { reads = [], writes = [] }\n", tool, digest, level, sinks)
}

// register writes what a person decided about a server.
func (w *world) register(t *testing.T, server, decided string) {
	t.Helper()
	w.Write(t, "registry/"+server+".toml", fmt.Sprintf("server = %q\n%s", server, decided))
}

func (w *world) up(t *testing.T) {
	t.Helper()
	var err error
	if w.daemon, err = w.TryServe(w.owner); err != nil {
		t.Fatal(err)
	}
	w.models = w.Status(t).LLMAddress
}

func (w *world) connect(t *testing.T) {
	t.Helper()
	w.agent = w.session(t, w.token)
}

// session is one of an agent whose client can be asked.
func (w *world) session(t *testing.T, token string) *client.Client {
	t.Helper()
	way, err := transport.NewStreamableHTTP(w.daemon.URL, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + token}),
		transport.WithHTTPBasicClient(w.http),
		transport.WithHTTPLogger(slog.New(slog.DiscardHandler))) // a call may be over before its answer to a question is acknowledged
	if err != nil {
		t.Fatal(err)
	}
	c := client.NewClient(way, client.WithElicitationHandler(w))
	w.owner.Cleanup(func() { _ = c.Close() })
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.ProtocolVersion20251125
	hello.Params.ClientInfo = mcp.Implementation{Name: "agent", Version: "1"}
	if err := c.Start(w.owner.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	return c
}

// marker is a text like no other before.
func (w *world) marker(what string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made++
	return fmt.Sprintf("%s %d.", what, w.made)
}

func arguments(marker string, work time.Duration) map[string]any {
	return map[string]any{"channel": "c", "text": "t", "marker": marker, "delay_ms": work.Milliseconds()}
}

// call has the agent make one call like no other before. The error is a refusal or a failure.
func (w *world) call(t *testing.T, server string) error {
	t.Helper()
	return w.callAs(t, server, w.marker("call"), 0)
}

func (w *world) callAs(t *testing.T, server, marker string, work time.Duration) error {
	t.Helper()
	_, err := w.callTool(t, server+"__"+post, arguments(marker, work))
	if err == nil || strings.Contains(err.Error(), "Nothing had effect") {
		w.keep(marker, err)
	}
	return err
}

// keep notes what an agent was told of something that can be found outside by its marker: an answer, or that nothing had effect.
func (w *world) keep(marker string, failed error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if failed != nil {
		w.vain = append(w.vain, marker)
	} else {
		w.served = append(w.served, marker)
	}
}

func (w *world) callTool(t *testing.T, name string, arguments map[string]any) (said string, err error) {
	t.Helper()
	return callTool(t, w.agent, name, arguments)
}

func callTool(t *testing.T, c *client.Client, name string, arguments map[string]any) (said string, err error) {
	t.Helper()
	// A daemon that hangs must not hang the test.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var q mcp.CallToolRequest
	q.Params.Name, q.Params.Arguments = name, arguments
	result, err := c.CallTool(ctx, q)
	if err != nil {
		return "", err
	}
	said = fmt.Sprint(result.Content)
	if result.IsError {
		return said, errors.New(said)
	}
	return said, nil
}

// order tells the plugin what to do from now on, without waiting for it.
func (w *world) order(t *testing.T, fault string) {
	t.Helper()
	text, err := json.Marshal(map[string]string{"Kind": w.kind.name, "Real": filepath.Join(programs.Plugins, w.kind.real), "Fault": fault})
	if err != nil {
		t.Fatal(err)
	}
	w.Write(t, "faulty.json", string(text))
}

// forget forgets the faults that were done.
func (w *world) forget(t *testing.T) {
	t.Helper()
	if err := os.Remove(w.Path("faulty.done")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// done reports whether a fault was done to an answer since.
func (w *world) done(t *testing.T, fault string) bool {
	t.Helper()
	text, err := os.ReadFile(w.Path("faulty.done"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return slices.Contains(strings.Split(string(text), "\n"), fault)
}

// obeys waits until a plugin that runs does as it was told.
func (w *world) obeys(t *testing.T, fault string) {
	t.Helper()
	if err := os.Remove(w.Path("faulty.now")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	w.order(t, fault)
	daemon.Until(t, "the plugin does as it is told: "+fault, func() bool {
		now, err := os.ReadFile(w.Path("faulty.now"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return err == nil && string(now) == fault
	})
}

// pid is that of the plugin, once it runs.
func (w *world) pid(t *testing.T) (pid int) {
	t.Helper()
	daemon.Until(t, "the plugin runs", func() bool {
		pid = w.Status(t).Plugin(faulty).PID
		return pid != 0
	})
	return pid
}
