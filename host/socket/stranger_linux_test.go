package socket

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const stranger = 65534

// asStranger runs do on a thread of another user that still may enter the folders of root. The thread ends with it.
func asStranger(t *testing.T, do func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: this thread is nobody else's afterwards
		if _, _, no := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), stranger, ^uintptr(0)); no != 0 {
			done <- no
			return
		}
		unix.RawSyscall(unix.SYS_SETFSUID, 0, 0, 0)
		done <- do()
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestSquatterOnTheSocketIsFoundOut lets another user listen in a folder of ours. Only root can bring that about; without it, the user
// that listens is ours and the one expected is another.
func TestSquatterOnTheSocketIsFoundOut(t *testing.T) {
	dir, owner := folder(t), os.Geteuid()
	path := filepath.Join(dir, name)
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if owner == 0 {
		asStranger(t, func() error { return unix.Listen(fd, 1) })
	} else {
		owner++
		if err := unix.Listen(fd, 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := dial(t.Context(), path, owner); err == nil || !strings.Contains(err.Error(), "nothing was sent") {
		t.Fatalf("connected to a squatter: %v", err)
	}
	taken, _, err := unix.Accept(fd)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(taken)
	if n, err := unix.Read(taken, make([]byte, 64)); n != 0 || err != nil {
		t.Errorf("the squatter read %d bytes: %v", n, err)
	}
}

// TestStrangerIsNotLetIn has another user connect. Without root, the user that connects is ours and the one expected is another.
func TestStrangerIsNotLetIn(t *testing.T) {
	dir := folder(t)
	l := listen(t, dir)
	connect := func() (c net.Conn, err error) {
		return net.DialTimeout("unix", filepath.Join(dir, name), 10*time.Second)
	}
	var c net.Conn
	var err error
	if os.Geteuid() == 0 {
		asStranger(t, func() error { c, err = connect(); return err })
	} else {
		l.owner++
		c, err = connect()
	}
	if err != nil {
		t.Fatal(err)
	}
	go greet(l)
	if text := heard(t, c); strings.Contains(text, "hello") {
		t.Error("a stranger was let in")
	}
}
