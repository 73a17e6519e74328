package real

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func worksInItsFolder(t *testing.T, w *world) {
	a := w.agent(t, "writer")
	a.call("filesystem__write_file", object{"path": w.in("note.txt"), "content": "written by an agent\n"})
	if text, err := os.ReadFile(w.in("note.txt")); err != nil || string(text) != "written by an agent\n" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	if got := a.call("filesystem__read_file", object{"path": w.in("note.txt")}).text(); got != "written by an agent\n" {
		t.Errorf("read_file: %q", got)
	}
	a.call("filesystem__edit_file", object{"path": w.in("note.txt"), "edits": []object{{"oldText": "an agent", "newText": "two agents"}}})
	a.call("filesystem__create_directory", object{"path": w.in("sub")})
	a.call("filesystem__move_file", object{"source": w.in("note.txt"), "destination": w.in("sub/note.txt")})
	if text, err := os.ReadFile(w.in("sub/note.txt")); err != nil || string(text) != "written by two agents\n" {
		t.Errorf("after the edit and the move: %q, %v", text, err)
	}
	list := a.call("filesystem__list_directory", object{"path": w.workspace}).text()
	if !strings.Contains(list, "[DIR] sub") || !strings.Contains(list, "[FILE] plan.txt") {
		t.Errorf("list_directory: %q", list)
	}
}

// forbidden are the ways to what the servers must not reach.
func (w *world) forbidden(t *testing.T) []string {
	t.Helper()
	journal, err := filepath.Glob(w.Path("state/journal/*"))
	if err != nil || len(journal) == 0 {
		t.Fatal("the journal has no file", err)
	}
	w.put(t, w.Path("state/scratch/memory/left-by-memory"), secret)
	return []string{
		w.secret, w.workspace + "/../secret.txt", w.in("sub/../../secret.txt"), "/etc/shadow", "/root/.bashrc",
		w.Path("operator.key"), w.Config(), w.Path("registry/flow.toml"), w.Path("state/LOCK"), journal[0],
		w.Path("state/scratch/memory/left-by-memory"), "/proc/self/environ", "/proc/1/cmdline", "/proc/self/root" + w.secret,
	}
}

// kept is what a tool must never bring.
func kept(t *testing.T, w *world) []string {
	t.Helper()
	key := strings.Fields(w.Read(t, "operator.key"))
	return append(slices.DeleteFunc(key, func(word string) bool { return len(word) < 20 }), secret, "[mcp]", "root:")
}

func (w *world) cannotRead(t *testing.T, a *agent, server string, paths []string) {
	t.Helper()
	for _, path := range paths {
		for _, tool := range []string{"read_file", "read_text_file", "read_media_file", "get_file_info"} {
			if server == "unchecked" && tool == "get_file_info" {
				continue // the sandbox lets it see that a file exists, and says so
			}
			r := a.try(server+"__"+tool, object{"path": path})
			if !r.IsError {
				t.Errorf("%s of %s succeeded", tool, path)
			}
			w.keptFrom(t, r, tool+" of "+path)
		}
		r := a.try(server+"__read_multiple_files", object{"paths": []string{path, w.in("plan.txt")}})
		w.keptFrom(t, r, "read_multiple_files of "+path)
		if !strings.Contains(r.text(), "the plan") {
			t.Errorf("read_multiple_files did not read the file beside %s: %s", path, r.text())
		}
	}
}

func (w *world) keptFrom(t *testing.T, r result, what string) {
	t.Helper()
	for _, word := range kept(t, w) {
		if strings.Contains(r.text(), word) || strings.Contains(string(r.StructuredContent), word) {
			t.Errorf("%s brought what it must not: %.80s", what, r.text())
		}
	}
}

// link plants a symbolic link in the workspace, as another program of the person's might, while the servers run.
func (w *world) link(t *testing.T, name, to string) string {
	t.Helper()
	if err := os.Symlink(to, w.in(name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(w.in(name)) })
	return w.in(name)
}

func reachesNothingElse(t *testing.T, w *world) {
	a := w.agent(t, "snoop")
	paths := append(w.forbidden(t), "/etc/passwd", w.link(t, "link-to-secret", w.secret), w.link(t, "link-to-key", w.Path("operator.key")))
	w.link(t, "link-out", filepath.Dir(w.secret))
	w.cannotRead(t, a, "filesystem", append(paths, w.in("link-out/secret.txt")))
	w.cannotChange(t, a, "filesystem")
}

// cannotChange tries everything that would leave a trace outside.
func (w *world) cannotChange(t *testing.T, a *agent, server string) {
	t.Helper()
	for tool, arguments := range map[string]object{
		"write_file":       {"path": w.Beside("new.txt"), "content": "x"},
		"edit_file":        {"path": w.secret, "edits": []object{{"oldText": "secret", "newText": "x"}}},
		"create_directory": {"path": w.Beside("new")},
		"move_file":        {"source": w.secret, "destination": w.in("secret.txt")},
		"list_directory":   {"path": w.Path("state")},
		"directory_tree":   {"path": w.Path("registry")},
	} {
		if r := a.try(server+"__"+tool, arguments); !r.IsError {
			t.Errorf("%s outside succeeded: %s", tool, r.text())
		}
	}
	if r := a.try(server+"__move_file", object{"source": w.in("plan.txt"), "destination": w.Beside("plan.txt")}); !r.IsError {
		t.Error("a file was moved out")
	}
	entries, err := os.ReadDir(filepath.Dir(w.secret))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{"a", "log", "secret.txt", "workspace"}, e.Name()) {
			t.Errorf("%s appeared beside the workspace", e.Name())
		}
	}
	if text, _ := os.ReadFile(w.secret); string(text) != secret {
		t.Errorf("the secret is %q now", text)
	}
}

// sandboxAlone asks a server for which the whole file system is allowed. Outside a sandbox the same program brings the secret.
func sandboxAlone(t *testing.T, w *world) {
	if got := unconfined(t, w.secret); !strings.Contains(got, secret) {
		t.Fatalf("the control: outside the sandbox the server brings %q", got)
	}
	a := w.agent(t, "breaker")
	if got := a.call("unchecked__list_allowed_directories", nil).text(); !strings.HasSuffix(strings.TrimSpace(got), "\n/") {
		t.Fatalf("the server checks after all: %q", got)
	}
	if got := a.call("unchecked__read_file", object{"path": w.in("plan.txt")}).text(); got != "the plan\n" {
		t.Fatalf("the control: inside its folder it reads %q", got)
	}
	paths := append(w.forbidden(t), w.link(t, "planted", w.secret), w.link(t, "planted-key", w.Path("operator.key")))
	w.link(t, "planted-folder", filepath.Dir(w.secret))
	w.cannotRead(t, a, "unchecked", append(paths, w.in("planted-folder/secret.txt")))
	r := a.try("unchecked__read_file", object{"path": w.in("planted")})
	if !strings.Contains(r.text(), "EACCES") {
		t.Errorf("it was not the system that refused: %s", r.text())
	}
	w.cannotChange(t, a, "unchecked")
}
