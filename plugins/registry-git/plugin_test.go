package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance/registrykit"
	"argus/plugin/sdk/registry"
	"argus/plugin/sdk/sdktest"
	"argus/plugins/registry-git/defaults"
	"argus/plugins/registry-git/folder"
)

var (
	old   = "sha256:" + strings.Repeat("0", 64)
	fresh = "sha256:" + strings.Repeat("f", 64)
)

const entry = `server = "mail"
[[tool]]
name = "read"
digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
capabilities = ["ipc"]
label = { level = "internal", integrity = "untrusted" }
sinks = []
stores = { reads = [], writes = [] }
`

// stage is a folder, the plugin that serves it over a socket, and the host's view of it.
type stage struct {
	t      *testing.T
	dir    string
	client *registry.Client
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, dir: t.TempDir()}
	s.put("flow.toml", string(defaults.Flow()))
	s.put("mail.toml", entry)
	p := newPlugin(hclog.NewNullLogger(), folder.Pace{Quiet: 5 * time.Millisecond, Most: 50 * time.Millisecond, Poll: 50 * time.Millisecond})
	t.Cleanup(p.Close)
	settings, err := json.Marshal(map[string]string{"folder": s.dir})
	if err != nil {
		t.Fatal(err)
	}
	link := sdktest.Start(t, registry.Service(sdk.Info{Name: "r", Version: "1", SettingsSchema: settingsSchema}, p), string(settings))
	s.client = registry.NewClient(link)
	t.Cleanup(s.client.Close)
	return s
}

func (s *stage) put(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// await waits for content that is as wanted.
func (s *stage) await(what string, wanted func(registry.Content) bool) registry.Content {
	s.t.Helper()
	s.t.Log("waiting for", what)
	return sdktest.Await(s.t, s.client.Content, wanted)
}

func entries(n int) func(registry.Content) bool {
	return func(c registry.Content) bool { return c.Usable() && len(c.Entries) == n }
}

func broken(c registry.Content) bool { return len(c.Problems) > 0 }

func TestTheHostSeesWhatThePersonWrote(t *testing.T) {
	s := newStage(t)
	c := s.await("first content", entries(1))
	if c.Entries[0].Tool != "read" || c.Entries[0].Origin.File != filepath.Join(s.dir, "mail.toml") || c.Entries[0].Origin.Line != 2 {
		t.Errorf("entry %+v", c.Entries[0])
	}
	s.put("other.toml", strings.Replace(entry, `"mail"`, `"other"`, 1))
	s.await("an added file", entries(2))
	if err := os.Remove(filepath.Join(s.dir, "mail.toml")); err != nil {
		t.Fatal(err)
	}
	s.await("a removed file", entries(1))
}

func TestABrokenFolderIsToldAndNeverUsed(t *testing.T) {
	s := newStage(t)
	first := s.await("first content", entries(1))
	for name, text := range map[string]string{
		"half written":    entry[:len(entry)-30],
		"cut at a line":   entry[:strings.Index(entry, "sinks")],
		"garbage":         "\x00\xff[[[",
		"a label too low": strings.Replace(entry, "stores = { reads = [], writes = [] }\n", "", 1),
	} {
		s.put("mail.toml", text)
		c := s.await(name, broken)
		if c.Usable() || c.Entries != nil || c.Flow != nil || c.Problems[0].File != filepath.Join(s.dir, "mail.toml") || c.Problems[0].Line == 0 {
			t.Errorf("%s: %+v", name, c)
		}
		s.put("mail.toml", entry)
		if again := s.await("mended", entries(1)); again.Revision != first.Revision {
			t.Errorf("%s: the same files have another revision", name)
		}
	}
}

func TestNoContentIsEverTornBetweenTwoWritings(t *testing.T) {
	s := newStage(t)
	s.await("first content", entries(1))
	both := func(suffix string) string {
		return entry + strings.Replace(entry[strings.Index(entry, "[[tool]]"):], `"read"`, `"read2"`, 1) + "# " + suffix + "\n"
	}
	var writer sync.WaitGroup
	stop := make(chan struct{})
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				// In place and in two writes, as careless editors do.
				text := both(strings.Repeat("x", i%50))
				_ = os.WriteFile(filepath.Join(s.dir, "mail.toml"), []byte(text[:len(entry)+40]), 0o600)
				_ = os.WriteFile(filepath.Join(s.dir, "mail.toml"), []byte(text), 0o600)
			}
		}
	})
	for range 5 {
		c, changed := s.client.Content()
		if c.Usable() && len(c.Entries) == 0 {
			t.Error("a torn file is content")
		}
		select {
		case <-changed:
		case <-time.After(200 * time.Millisecond):
		}
	}
	close(stop)
	writer.Wait()
	s.await("what was written last", entries(2))
}

func pinRequest(server string, names ...string) registry.PinRequest {
	r := registry.PinRequest{Server: server}
	for _, name := range names {
		r.Tools = append(r.Tools, registry.PinTool{Name: name, Digest: fresh, Summary: "does\nthings\x1b[2J", Sinks: []string{"ipc"}})
	}
	return r
}

func TestPinWritesDigestsAndStrictEntries(t *testing.T) {
	s := newStage(t)
	s.await("first content", entries(1))
	reply, err := s.client.Pin(t.Context(), pinRequest("mail", "read"))
	if err != nil || len(reply.Problems) > 0 || reply.Changed != 1 || reply.Added != 0 || reply.File != filepath.Join(s.dir, "mail.toml") {
		t.Fatalf("%+v %v", reply, err)
	}
	if got := s.read("mail.toml"); got != strings.Replace(entry, old, fresh, 1) {
		t.Errorf("file is\n%s", got)
	}
	c := s.await("the new digest", func(c registry.Content) bool { return c.Usable() && c.Entries[0].Digest == fresh })
	before := c.Revision
	if reply, err := s.client.Pin(t.Context(), pinRequest("mail", "read")); err != nil || reply.Changed+reply.Added+len(reply.Problems) > 0 {
		t.Errorf("a second pin: %+v %v", reply, err)
	}
	reply, err = s.client.Pin(t.Context(), pinRequest("notes", "a", "b"))
	if err != nil || reply.Added != 2 || reply.File != filepath.Join(s.dir, "notes.toml") {
		t.Fatalf("%+v %v", reply, err)
	}
	c = s.await("the new entries", entries(3))
	if e := c.Entries[1]; c.Revision == before || e.Server != "notes" || e.Level != "restricted" || len(e.Capabilities) != len(sdk.Capabilities()) {
		t.Errorf("entry %+v", e)
	}
	if names, _ := os.ReadDir(s.dir); len(names) != 3 {
		t.Errorf("left behind: %v", names)
	}
}

func TestPinWritesNothingIntoAFolderThatIsNotWhole(t *testing.T) {
	s := newStage(t)
	s.await("first content", entries(1))
	s.put("other.toml", "server = ")
	reply, err := s.client.Pin(t.Context(), pinRequest("mail", "read"))
	if err != nil || len(reply.Problems) == 0 || reply.Problems[0].File != filepath.Join(s.dir, "other.toml") {
		t.Errorf("%+v %v", reply, err)
	}
	if s.read("mail.toml") != entry {
		t.Error("the file was written all the same")
	}
	if err := os.Remove(filepath.Join(s.dir, "other.toml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(s.dir, "mail.toml"), 0o666); err != nil {
		t.Fatal(err)
	}
	if reply, err := s.client.Pin(t.Context(), pinRequest("mail", "read")); err != nil || len(reply.Problems) == 0 {
		t.Errorf("a file that others can change: %+v %v", reply, err)
	}
}

func TestPinsAtOnceLoseNothing(t *testing.T) {
	s := newStage(t)
	s.await("first content", entries(1))
	var pins sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		pins.Go(func() {
			if reply, err := s.client.Pin(t.Context(), pinRequest("notes", name)); err != nil || reply.Added != 1 {
				t.Errorf("%s: %+v %v", name, reply, err)
			}
		})
	}
	pins.Wait()
	s.await("all entries", entries(5))
}

func TestSettingsAreRefused(t *testing.T) {
	for _, settings := range []string{"", "{}", `{"folder": 1}`, `{"folder": "x", "git": true}`, `{"folder": ""}`} {
		p := newPlugin(hclog.NewNullLogger(), folder.DefaultPace)
		if problems := p.Configure(t.Context(), sdk.Settings{JSON: settings, ConfigFolder: "/c", PluginFolder: "/p"}); len(problems) == 0 {
			p.Close()
			t.Errorf("%q is taken", settings)
		}
	}
}

func TestAMissingFolderIsAProblemUntilItIsThere(t *testing.T) {
	base := t.TempDir()
	p := newPlugin(hclog.NewNullLogger(), folder.Pace{Quiet: time.Millisecond, Most: time.Second, Poll: 20 * time.Millisecond})
	t.Cleanup(p.Close)
	if problems := p.Configure(t.Context(), sdk.Settings{JSON: `{"folder": "registry"}`, ConfigFolder: base, PluginFolder: base}); len(problems) > 0 {
		t.Fatal(problems)
	}
	content, _ := p.Content()
	if content.Usable() || len(content.Problems) == 0 {
		t.Fatalf("content of no folder: %+v", content)
	}
	if err := os.MkdirAll(filepath.Join(base, "registry"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(base, "registry", "flow.toml"), defaults.Flow(), 0o600); err != nil {
		t.Fatal(err)
	}
	sdktest.Await(t, p.Content, registry.Content.Usable)
}

func TestRegistryGitConforms(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600) }
	if err := errors.Join(put("flow.toml", string(defaults.Flow())), put("mail.toml", entry)); err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(map[string]string{"folder": dir})
	if err != nil {
		t.Fatal(err)
	}
	sdktest.Conform(t, registrykit.Kit(), sdktest.Subject{
		New: func(t testing.TB) sdk.Service {
			p := newPlugin(hclog.NewNullLogger(), folder.DefaultPace)
			t.Cleanup(p.Close)
			return registry.Service(sdk.Info{Name: "r", Version: "1", SettingsSchema: settingsSchema}, p)
		},
		Settings: string(settings),
		Change: func() error {
			return put("mail.toml", strings.Replace(entry, `level = "internal"`, `level = "public"`, 1))
		},
	})
}
