//go:build linux

package upstream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"
)

// binaries is the folder with stub, rogue and fixtures.
var binaries string

func TestMain(m *testing.M) {
	if os.Args[0] == helperName {
		runHelper(os.Args[1:])
	}
	if len(os.Args) > 1 && os.Args[1] == daemonArgument {
		runDaemon(os.Args[2:])
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "servers")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	build := exec.Command("go", "build", "-o", folder+"/", "argus/examples/servers/stub", "argus/examples/servers/rogue", "argus/examples/servers/fixtures")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	binaries = folder
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// launcher confines with the test's own helper.
type launcher struct {
	how      string
	required []string
	secrets  map[string]string
}

func (l launcher) Plan(context.Context, Spec) (Plan, error) {
	path, err := os.Executable()
	if err != nil {
		return Plan{}, err
	}
	helper, err := os.Open(path)
	return Plan{
		Helper: helper, HelperName: helperName,
		Arguments:        []string{l.how, "5", "4", "--"},
		ReportDescriptor: 5, LifelineDescriptor: 4,
		Required: l.required, Secrets: l.secrets,
	}, err
}

func (launcher) Returns() <-chan struct{} { return nil }

// witness is an Observer that keeps what it was told.
type witness struct {
	mu      sync.Mutex
	changed map[string][]Definitions
	down    map[string][]error
	said    map[string][]News
	told    chan struct{}
}

func newWitness() *witness {
	return &witness{changed: map[string][]Definitions{}, down: map[string][]error{}, said: map[string][]News{}, told: make(chan struct{}, 1000)}
}

func (w *witness) ServerChanged(server string, d Definitions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed[server] = append(w.changed[server], d)
	w.told <- struct{}{}
}

func (w *witness) ServerDown(server string, reason error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down[server] = append(w.down[server], reason)
	w.told <- struct{}{}
}

func (w *witness) ServerSaid(server string, n News) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said[server] = append(w.said[server], n)
	w.told <- struct{}{}
}

func (w *witness) definitions(server string, n int) []Definitions {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.changed[server]) < n {
		return nil
	}
	return w.changed[server]
}

func (w *witness) reasons(server string, n int) []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.down[server]) < n {
		return nil
	}
	return w.down[server]
}

func (w *witness) news(server string, n int) []News {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.said[server]) < n {
		return nil
	}
	return w.said[server]
}

// await waits for what is told until get gives something.
func await[T any](t testing.TB, w *witness, get func() []T) []T {
	t.Helper()
	for {
		if got := get(); got != nil {
			return got
		}
		select {
		case <-w.told:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing happened for ten seconds")
		}
	}
}

func (w *witness) awaitDown(t testing.TB, server string) error {
	t.Helper()
	return await(t, w, func() []error { return w.reasons(server, 1) })[0]
}

func spec(t testing.TB, program string, args ...string) Spec {
	folder := t.TempDir()
	return Spec{
		Name: program, Command: filepath.Join(binaries, program), Args: args,
		Folder: folder, Scratch: folder,
	}
}

func rogue(t testing.TB, mode string, args ...string) Spec {
	s := spec(t, "rogue", append([]string{"-mode", mode}, args...)...)
	return s
}

// quick are options under which a test does not wait long.
func quick() Options {
	return Options{
		StartTimeout: 5 * time.Second, BackoffLeast: 10 * time.Millisecond,
		Debounce: time.Millisecond, ListInterval: time.Millisecond,
	}
}

func start(t testing.TB, options Options, l launcher, specs ...Spec) (*Set, *witness) {
	t.Helper()
	w := newWitness()
	s, err := Start(t.Context(), specs, l, w, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, w
}

// ready starts one server and waits until it can be called.
func ready(t testing.TB, options Options, one Spec) (*Set, *witness) {
	t.Helper()
	s, w := start(t, options, launcher{}, one)
	awaitReady(t, s, one.Name)
	return s, w
}

func awaitReady(t testing.TB, s *Set, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Await(ctx, name); err != nil {
		t.Fatal(err)
	}
}

func call(t testing.TB, s *Set, server, params string) (Reply, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return s.Call(ctx, Request{Server: server, Method: "tools/call", Params: []byte(params)})
}

// toRogue is a call without an agent; params may be empty.
func toRogue(params string) Request {
	q := Request{Server: "rogue", Method: "tools/call"}
	if params != "" {
		q.Params = []byte(params)
	}
	return q
}

// text is the one text of a result.
func text(t testing.TB, r Reply) string {
	t.Helper()
	content, _ := r.Result.Member("content")
	for _, item := range content.Items() {
		v, _ := item.Member("text")
		if s, ok := v.Text(); ok {
			return s
		}
	}
	t.Fatalf("no text in %v, error %v", r.Result.Raw(), r.Error)
	return ""
}

func only(t testing.TB, s *Set) Status {
	t.Helper()
	all := s.Status()
	if len(all) != 1 {
		t.Fatalf("%d servers", len(all))
	}
	return all[0]
}

func mustContain(t testing.TB, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Fatalf("got %v, want something about %q", err, part)
	}
}

func isViolation(err error) bool { return errors.As(err, new(violation)) }

// logInto is a logger whose lines a test can read after the Set is closed.
func logInto(b *strings.Builder) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Output: b, Level: hclog.Debug, Mutex: new(sync.Mutex)})
}
