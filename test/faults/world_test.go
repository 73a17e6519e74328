package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"argus/test/daemon"
)

// faulty is the program that stands for a plugin; see its own package for what it can be told.
const faulty = "faulty"

// post is a tool with an effect outside, of both servers.
const post = "post-slack"

// other is a server that no fault is about.
const other = "other"

// world is one daemon with one plugin that can be told to go wrong.
type world struct {
	*daemon.Folder
	kind    kind
	owner   *testing.T // whose end ends the daemon
	servers []string   // the stubs, and the other
	turn    int
	daemon  *daemon.Daemon
	token   string
	agent   *client.Client

	mu    sync.Mutex
	calls int
	vain  []string // markers of calls of which the agent was told that nothing had effect
}

func newWorld(t *testing.T, k kind) *world {
	t.Helper()
	w := &world{Folder: daemon.Init(t, programs), kind: k, owner: t}
	w.plug(t)
	w.Configure(t, "[profile.none]\nread = []\n")
	for i := range max(k.stubs, 1) {
		w.servers = append(w.servers, fmt.Sprintf("stub%d", i))
	}
	w.servers = append(w.servers, other)
	for _, name := range w.servers {
		w.Configure(t, fmt.Sprintf("[[server]]\nname = %q\ncommand = %q\nprofile = \"none\"\nargs = [\"-set\", \"stories\", \"-log\", %q]\n",
			name, filepath.Join(programs.Folder, "stub"), w.CallLog(name)))
		w.register(t, name, unknown)
	}
	w.order(t, "")
	w.up(t)
	var digest string
	daemon.Until(t, "a server has told its tools", func() bool {
		digest = w.Tool(t, other, post).Digest
		return digest != ""
	})
	for _, name := range w.servers { // they are the same program
		w.register(t, name, digest)
	}
	daemon.Until(t, "all servers can be called", func() bool {
		return !slices.ContainsFunc(w.servers, func(name string) bool { return !w.Tool(t, name, post).Callable() })
	})
	w.token = w.NewAgent(t, "agent")
	w.connect(t)
	return w
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

// register writes the registry's entry of a server, which approves its tool in one definition.
func (w *world) register(t *testing.T, server, digest string) {
	t.Helper()
	w.Write(t, "registry/"+server+".toml", fmt.Sprintf("server = %q\n\n[[tool]]\nname = %q\ndigest = %q\ncapabilities = []\n"+
		"label = { level = \"public\", integrity = \"verified\" }\nsinks = [\"network_external\"]\nstores = { reads = [], writes = [] }\n",
		server, post, digest))
}

func (w *world) up(t *testing.T) {
	t.Helper()
	var err error
	if w.daemon, err = w.TryServe(w.owner); err != nil {
		t.Fatal(err)
	}
}

func (w *world) connect(t *testing.T) {
	t.Helper()
	way, err := transport.NewStreamableHTTP(w.daemon.URL, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + w.token}))
	if err != nil {
		t.Fatal(err)
	}
	w.agent = client.NewClient(way)
	w.owner.Cleanup(func() { _ = w.agent.Close() })
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.ProtocolVersion20251125
	hello.Params.ClientInfo = mcp.Implementation{Name: "agent", Version: "1"}
	if err := w.agent.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.agent.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
}

// call has the agent make one call like no other before. The error is a refusal or a failure.
func (w *world) call(t *testing.T, server string) error {
	t.Helper()
	// A daemon that hangs must not hang the test.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w.mu.Lock()
	w.calls++
	marker := fmt.Sprintf("call %d", w.calls)
	w.mu.Unlock()
	var q mcp.CallToolRequest
	q.Params.Name = server + "__" + post
	q.Params.Arguments = map[string]any{"channel": "c", "text": "t", "marker": marker}
	result, err := w.agent.CallTool(ctx, q)
	if err != nil {
		if strings.Contains(err.Error(), "Nothing had effect") {
			w.mu.Lock()
			w.vain = append(w.vain, marker)
			w.mu.Unlock()
		}
		return err
	}
	if result.IsError {
		return fmt.Errorf("%v", result.Content)
	}
	return nil
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
