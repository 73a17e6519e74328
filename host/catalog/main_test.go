package catalog

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
)

// built is the one binary of all test plugins.
var built string

func TestMain(m *testing.M) {
	if os.Getenv(parentMode) != "" {
		beParent()
	}
	folder, err := os.MkdirTemp("", "catalog")
	if err == nil {
		built = filepath.Join(folder, "plugin")
		var out []byte
		if out, err = exec.Command("go", "build", "-o", built, "./testdata/plugin").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the test plugin:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(folder)
		os.Exit(code)
	}))
}

const greeting = `{"greeting": "hello"}`

// world is a plugin folder and a run folder of one test.
type world struct {
	t       *testing.T
	options Options
	log     *syncBuffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	// A test's own folder can be too long for the path of a socket, and lies on the same file system as the binary here.
	folder, err := os.MkdirTemp("", "cat")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	w := &world{t: t, log: &syncBuffer{}}
	w.options = Options{
		PluginDir:     filepath.Join(folder, "plugins"),
		RunDir:        filepath.Join(folder, "run"),
		Logger:        hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, Output: w.log}),
		CheckSettings: func(string, string) error { return nil },
		StartTimeout:  5 * time.Second,
	}
	if err := os.Mkdir(w.options.PluginDir, 0o755); err != nil {
		t.Fatal(err)
	}
	return w
}

// spec installs the test plugin under name and pins it.
func (w *world) spec(kind sdk.Kind, name string) Spec {
	w.t.Helper()
	path := filepath.Join(w.options.PluginDir, name)
	if err := os.Link(built, path); err != nil {
		w.t.Fatal(err)
	}
	sum, err := Pin(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return Spec{Kind: kind, Name: name, Binary: name, SHA256: sum, Settings: greeting, ConfigFolder: w.options.PluginDir}
}

// open opens a catalog that the test closes, without waiting for its plugins.
func (w *world) open(specs ...Spec) *Catalog {
	w.t.Helper()
	c, err := Open(w.t.Context(), w.options, specs)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return c
}

// run opens a catalog and waits for its plugins.
func (w *world) run(specs ...Spec) *Catalog {
	w.t.Helper()
	c := w.open(specs...)
	if err := c.Ready(w.t.Context()); err != nil {
		w.t.Fatalf("%v\n%s", err, w.log)
	}
	return c
}

// oracle runs the test plugin of that name as an oracle.
func (w *world) oracle(name string) *Catalog { return w.run(w.spec(sdk.KindOracle, name)) }

const policyDigest = "sha256:policy-of-the-test"

func question(tool string) oracle.Question {
	return oracle.Question{
		Agent: oracle.Agent{ID: "a1", Principal: "p"},
		About: oracle.Call{
			Server: "s", Tool: tool, ToolID: tool + "@1", Arguments: oracle.Object{}, ArgumentsDigest: "sha256:arguments-of-" + tool,
		},
		Inspect:      true,
		PolicyDigest: policyDigest,
	}
}

func ask(t *testing.T, c *Catalog, tool string) oracle.Answer {
	t.Helper()
	answer, err := c.Oracle().Ask(t.Context(), question(tool))
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// until waits for a condition that another process brings about.
func until(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for !holds() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu   sync.Mutex
	data []byte
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data = append(b.data, p...)
	return len(p), nil
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.data)
}
