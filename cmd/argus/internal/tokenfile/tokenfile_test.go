package tokenfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argus/host/identity"
)

// kept is a token in a new file of a new folder.
func kept(t *testing.T) (path string, token identity.Token) {
	t.Helper()
	token = identity.NewToken()
	path, err := Path(t.TempDir(), "assistant")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Keep(f, string(token), nil); err != nil {
		t.Fatal(err)
	}
	return path, token
}

func TestKeptTokenIsRead(t *testing.T) {
	path, token := kept(t)
	if read, err := Read(path); err != nil || read != token {
		t.Fatalf("read %q: %v", read, err)
	}
	for at, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(at); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", at, info.Mode(), err)
		}
	}
	if names := Agents(filepath.Dir(filepath.Dir(path))); len(names) != 1 || names[0] != "assistant" {
		t.Errorf("agents: %v", names)
	}
}

func TestExistingFileIsNotReplaced(t *testing.T) {
	path, token := kept(t)
	if _, err := Create(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("created again: %v", err)
	}
	if read, _ := Read(path); read != token {
		t.Error("the token is another")
	}
}

func TestFileWithoutATokenIsRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	if err := Keep(f, "", refused); !errors.Is(err, refused) {
		t.Errorf("kept: %v", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
}

func TestFileThatOthersCanOpenIsRefused(t *testing.T) {
	path, _ := kept(t)
	for _, mode := range []os.FileMode{0o601, 0o604, 0o610, 0o640, 0o644, 0o660, 0o666, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if read, err := Read(path); read != "" || err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("%v: read %q: %v", mode, read, err)
		}
	}
}

func TestFolderThatOthersCanWriteIsRefused(t *testing.T) {
	path, _ := kept(t)
	for _, mode := range []os.FileMode{0o720, 0o702, 0o777, 0o777 | os.ModeSticky} {
		if err := os.Chmod(filepath.Dir(path), mode); err != nil {
			t.Fatal(err)
		}
		if read, err := Read(path); read != "" || err == nil || !strings.Contains(err.Error(), "chmod go-w") {
			t.Errorf("%v: read %q: %v", mode, read, err)
		}
	}
}

func TestLinkIsRefused(t *testing.T) {
	path, _ := kept(t)
	link := filepath.Join(filepath.Dir(path), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if read, err := Read(link); read != "" || err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("read %q: %v", read, err)
	}
}

// TestFileOfAnotherUserIsRefused gives file and folder to another user where that is possible, and else reads as one.
func TestFileOfAnotherUserIsRefused(t *testing.T) {
	path, token := kept(t)
	const reader, owner = 1000, 65534
	us := os.Geteuid() + 1
	if os.Geteuid() == 0 {
		us = reader
		for _, at := range []string{path, filepath.Dir(path)} {
			if err := os.Chown(at, owner, -1); err != nil {
				t.Fatal(err)
			}
			if read, err := readAs(us, path); read != "" || err == nil || !strings.Contains(err.Error(), "belongs to user 65534") {
				t.Errorf("%s is of another user, and %q was read: %v", at, read, err)
			}
		}
	} else if read, err := readAs(us, path); read != "" || err == nil || !strings.Contains(err.Error(), "belongs to user") {
		t.Errorf("read %q: %v", read, err)
	}
	if read, err := Read(path); read != token {
		t.Errorf("its owner, or root, read %q: %v", read, err)
	}
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	path, token := kept(t)
	for _, text := range []string{"", "\n", "argus", string(token) + string(token) + string(token) + string(token), "Bearer " + string(token)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if read, err := Read(path); err == nil || strings.Contains(err.Error(), string(token)) {
			t.Errorf("%q: read %q: %v", text, read, err)
		}
	}
	if err := os.WriteFile(path, []byte(string(token)+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if read, err := Read(path); read != token {
		t.Errorf("read %q: %v", read, err)
	}
}

func TestNameThatIsAPathIsRefused(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../a", "a/b", "a.token", "A", "a\x00"} {
		if path, err := Path("/state", name); err == nil {
			t.Errorf("%q: %s", name, path)
		}
	}
}
