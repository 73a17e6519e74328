package sink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"argus/plugin/sdk/audit"
	"argus/plugins/audit-sqlite/store"
	"argus/test/daemon"
)

const plugin = "audit-sqlite"

var (
	programs daemon.Programs
	pin      string // of the plugin
)

func TestMain(m *testing.M) {
	daemon.Main(m, &programs, func() (err error) {
		pin, err = programs.Install(plugin)
		return err
	}, "argus/examples/servers/stub", "argus/plugins/audit-sqlite")
}

// rounds is how many processes are killed.
const rounds = 20

// house is an installation whose agent calls all the time.
type house struct {
	*daemon.Folder
	daemon *daemon.Daemon
	token  string
	url    atomic.Pointer[string]

	mu        sync.Mutex
	succeeded int             // calls
	refused   map[string]bool // references that the agent was told
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{Folder: daemon.Init(t, programs), refused: map[string]bool{}}
	h.Configure(t, "[[plugin]]\nkind = \"audit\"\nbinary = \""+plugin+"\"\n"+pin+"settings = { file = \"state/audit/events.db\" }\nrequired = true\n")
	h.Configure(t, fmt.Sprintf("[profile.closed]\n\n[[server]]\nname = \"db\"\ncommand = %q\nargs = [\"-tools\", \"read-db\", \"-log\", %q]\nprofile = \"closed\"\n",
		filepath.Join(programs.Folder, "stub"), h.CallLog("db")))
	h.serve(t)
	h.token = h.NewAgent(t, "agent")
	daemon.Until(t, "the server has told its tools", func() bool { return h.Tool(t, "db", "read-db").Digest != "" })
	h.Run(t, "registry", "pin", "db", "--yes")
	return h
}

func (h *house) serve(t *testing.T) {
	t.Helper()
	h.daemon = h.Serve(t)
	h.url.Store(&h.daemon.URL)
}

var reference = regexp.MustCompile(`R-[A-Z2-7]{8}`)

// call calls a tool in a session of its own and notes what the agent is told. While the daemon is away it is told nothing.
func (h *house) call(tool string) {
	session := ""
	for _, request := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"agent","version":"1"}}}`,
		fmt.Sprintf(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":%q,"arguments":{}}}`, tool),
	} {
		r, err := http.NewRequest(http.MethodPost, *h.url.Load(), bytes.NewReader([]byte(request)))
		if err != nil {
			panic(err) // the address of a daemon is one
		}
		for name, value := range map[string]string{
			"Authorization": "Bearer " + h.token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		} {
			r.Header.Set(name, value)
		}
		if session != "" {
			r.Header.Set("Mcp-Session-Id", session)
			r.Header.Set("MCP-Protocol-Version", "2025-11-25")
		}
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			return
		}
		text, err := io.ReadAll(reply.Body)
		reply.Body.Close()
		if err != nil || reply.StatusCode != http.StatusOK {
			return
		}
		session = reply.Header.Get("Mcp-Session-Id")
		if strings.Contains(request, "tools/call") {
			h.note(string(text))
		}
	}
}

func (h *house) note(answer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ref := reference.FindString(answer)
	switch {
	case ref != "":
		h.refused[ref] = true
	case !strings.Contains(answer, `"error"`) && !strings.Contains(answer, `"isError":true`):
		h.succeeded++
	}
}

// trouble has two agents' worth of calls made until it is ended, every fifth of a tool that there is not.
func (h *house) trouble() (end func()) {
	over := make(chan struct{})
	var calling sync.WaitGroup
	for caller := range 2 {
		calling.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				if n%5 == 4 {
					h.call(fmt.Sprintf("mail__send-%d-%d", caller, n))
				} else {
					h.call("db__read-db")
				}
			}
		})
	}
	return func() {
		close(over)
		calling.Wait()
		http.DefaultClient.CloseIdleConnections()
	}
}

// TestASinkHasTheJournalStepByStepWhateverIsKilled kills the daemon and the sink at moments that are drawn, with the seed that is logged.
func TestASinkHasTheJournalStepByStepWhateverIsKilled(t *testing.T) {
	h := newHouse(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, seed))
	end := h.trouble()
	killed := map[string]int{}
	for range rounds {
		time.Sleep(time.Duration(dice.IntN(400)) * time.Millisecond)
		if dice.IntN(2) == 0 {
			h.daemon.Kill()
			h.serve(t)
			killed["daemon"]++
		} else if pid := h.Status(t).Plugin(plugin).PID; pid != 0 && syscall.Kill(int(pid), syscall.SIGKILL) == nil {
			killed["sink"]++
		}
	}
	before := h.told()
	daemon.Until(t, "calls are allowed again", func() bool { return h.told() > before+10 })
	end()
	h.settled(t)
	h.daemon.Stop()
	h.compare(t)
	t.Logf("killed %v; %d calls succeeded, %d refusals were told", killed, h.succeeded, len(h.refused))
	if killed["daemon"] == 0 || killed["sink"] == 0 || h.succeeded == 0 || len(h.refused) == 0 {
		t.Error("not everything was tried")
	}
}

func (h *house) told() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.succeeded
}

// settled waits until the sink has the last step of the journal and the last refusal.
func (h *house) settled(t *testing.T) {
	t.Helper()
	daemon.Until(t, "the sink has all", func() bool {
		steps := h.Steps(t)
		text, err := h.Try("audit", "query", "--limit", "1000", "--json")
		return err == nil && strings.Contains(text, fmt.Sprintf(`"sequence":%d,`, steps[len(steps)-1].Sequence)) && len(h.Status(t).Problems) == 0
	})
	h.call("mail__last")
	daemon.Until(t, "the sink has the last refusal", func() bool {
		var last struct{ Tool string }
		text, err := h.Try("audit", "query", "--limit", "1", "--what", "refused", "--json")
		return err == nil && json.Unmarshal([]byte(text), &last) == nil && last.Tool == "mail__last"
	})
}

// compare holds the sink's file to the journal: the same steps in the same order, each with its chain, and each refusal once.
func (h *house) compare(t *testing.T) {
	t.Helper()
	s, err := store.Open(t.Context(), h.Path("state/audit/events.db"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	steps, found, after := h.Steps(t), map[string]int{}, uint64(0)
	next := 0
	for {
		page, err := s.Query(t.Context(), audit.Query{AfterID: after, OldestFirst: true, Limit: audit.MaxFound})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page {
			after = f.ID
			if f.What == audit.Refused {
				found[f.Reference]++
				continue
			}
			if next == len(steps) {
				t.Fatalf("after the last step of the journal the sink has step %d", f.Sequence)
			}
			if want := steps[next]; f.Sequence != want.Sequence || f.Chain != audit.Chain(want.Chain) {
				t.Fatalf("where the journal has step %d (%s) the sink has %d (%s)", want.Sequence, want.Chain, f.Sequence, f.Chain)
			}
			next++
		}
		if len(page) == 0 {
			break
		}
	}
	if next != len(steps) {
		t.Errorf("of %d steps the sink has %d", len(steps), next)
	}
	for ref := range h.refused {
		if found[ref] != 1 {
			t.Errorf("the sink has refusal %s %d times", ref, found[ref])
		}
	}
}
