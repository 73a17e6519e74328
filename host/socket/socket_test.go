package socket

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const name = "s"

// folder is one of ours, with a short path.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func listen(t *testing.T, dir string) *Listener {
	t.Helper()
	l, err := Listen(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// greet says hello to whoever connects, until the listener is closed.
func greet(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		io.WriteString(c, "hello")
		c.Close()
	}
}

// heard is what somebody is told who connects.
func heard(t *testing.T, c net.Conn) string {
	t.Helper()
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	text, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, io.EOF) {
		return err.Error()
	}
	return string(text)
}

func TestOwnProcessesMeet(t *testing.T) {
	dir := filepath.Join(folder(t), "made")
	go greet(listen(t, dir))
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("the folder: %v %v", info.Mode(), err)
	}
	if info, err = os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the socket: %v %v", info.Mode(), err)
	}
	c, err := Dial(t.Context(), dir, name)
	if err != nil {
		t.Fatal(err)
	}
	if text := heard(t, c); text != "hello" {
		t.Errorf("heard %q", text)
	}
}

func TestSocketOfADeadDaemonIsReplaced(t *testing.T) {
	dir := folder(t)
	dead := listen(t, dir)
	dead.SetUnlinkOnClose(false)
	dead.Close()
	if _, err := Dial(t.Context(), dir, name); !Nobody(err) {
		t.Fatalf("nobody is there, and it is %v", err)
	}
	go greet(listen(t, dir))
	c, err := Dial(t.Context(), dir, name)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestFolderThatOthersCanEnterIsRefused(t *testing.T) {
	for _, mode := range []os.FileMode{0o701, 0o710, 0o750, 0o770, 0o777} {
		dir := folder(t)
		go greet(listen(t, dir)) // while it was ours alone
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Dial(t.Context(), dir, name); err == nil || !strings.Contains(err.Error(), "open to others") {
			t.Errorf("%v: connected: %v", mode, err)
		}
		if _, err := Listen(dir, "another"); err == nil || !strings.Contains(err.Error(), "open to others") {
			t.Errorf("%v: listens: %v", mode, err)
		}
	}
}

func TestLinkInPlaceOfTheFolderIsRefused(t *testing.T) {
	dir, link := folder(t), filepath.Join(folder(t), "link")
	go greet(listen(t, dir))
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), link, name); err == nil || Nobody(err) {
		t.Errorf("connected: %v", err)
	}
}

func TestNobodyIsToldFromAFault(t *testing.T) {
	dir := folder(t)
	if _, err := Dial(t.Context(), dir, name); !Nobody(err) {
		t.Error(err)
	}
	if _, err := Dial(t.Context(), filepath.Join(dir, "none"), name); !Nobody(err) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	listen(t, dir)
	if _, err := Dial(ended, dir, name); err == nil || Nobody(err) {
		t.Error(err)
	}
}

func TestOnlyTheOwnerAndRootAreExpected(t *testing.T) {
	for _, c := range []struct {
		peer, owner int
		want        bool
	}{{1000, 1000, true}, {0, 1000, true}, {0, 0, true}, {1001, 1000, false}, {1000, 0, false}, {65534, 1000, false}, {-1, 1000, false}} {
		if expected(c.peer, c.owner) != c.want {
			t.Errorf("a process of user %d at a socket of user %d", c.peer, c.owner)
		}
	}
}
