//go:build linux

package main_test

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
)

// attack is one thing that a server might try. It must be possible without the sandbox, or it proves nothing.
type attack struct {
	row   string // in the table of README.md
	argv  []string
	leaks bool // it is possible inside too, and README.md says so
}

// attacks are all rows, for one world.
func attacks(w *world, s *surroundings) []attack {
	secret, listed := w.outside+"/file", w.library+"/file"
	return []attack{
		{"read an unlisted file", []string{"read", secret}, false},
		{"list an unlisted folder", []string{"list", w.outside}, false},
		{"truncate an unlisted file", []string{"truncate", secret}, false},
		{"append to an unlisted file", []string{"append", secret}, false},
		{"remove an unlisted file", []string{"remove", w.outside + "/other"}, false},
		{"make a folder outside", []string{"mkdir", w.outside + "/made"}, false},
		{"symbolic link out of scratch", []string{"symlink-read", secret, w.scratch}, false},
		{"`..` out of scratch", []string{"read", w.scratch + "/../outside/file"}, false},
		{"/proc/self/root", []string{"root-link", secret}, false},
		{"/proc/self/cwd and `..`", []string{"cwd-link", secret}, false},
		{"hard link into scratch", []string{"hardlink-read", secret, w.scratch}, false},
		{"rename out of scratch", []string{"rename", w.scratch + "/file", w.outside + "/moved"}, false},
		{"rename into scratch", []string{"rename", w.outside + "/moved", w.scratch + "/taken"}, false},
		{"write to a file of the read list", []string{"write", listed}, false},
		{"make a file in the read list", []string{"write", w.library + "/new"}, false},
		{"remove a file of the read list", []string{"remove", w.library + "/other"}, false},
		{"run a program written to scratch", []string{"copy-and-run", w.scratch, built.probe}, false},
		{"make a socket file in scratch", []string{"make-socket", w.scratch + "/socket"}, false},
		{"open by handle", []string{"handle", secret}, false},
		{"inherited descriptor", []string{"inherited"}, false},
		{"chmod an unlisted file", []string{"chmod", secret}, false},
		{"fchmodat2 an unlisted file", []string{"fchmodat2", secret}, false},
		{"chown an unlisted file", []string{"chown", secret}, false},
		{"utimes on an unlisted file", []string{"utimes", secret}, false},
		{"setxattr on an unlisted file", []string{"setxattr", secret}, false},
		{"chmod through a link in scratch", []string{"chmod-link", secret, w.scratch}, false},
		{"chmod by a folder's descriptor", []string{"fchmodat", w.outside, "file"}, false},
		{"chmod by a relative path", []string{"chmod-relative", w.outside, "file"}, false},
		{"chmod a file of the read list", []string{"chmod", listed}, false},
		{"fchmod a file of the read list", []string{"fchmod", listed}, false},
		{"futimens on a file of the read list", []string{"futimens", listed}, false},
		{"file flags on the read list (chattr)", []string{"chattr", listed}, false},
		{"private keys of the system", []string{"list", "/etc/ssl/private"}, false},
		{"chmod a device", []string{"chmod-device"}, false},
		{"set-user-id on a file in scratch", []string{"set-user-id", w.scratch + "/suid"}, false},
		{"TCP connect", []string{"tcp", s.tcp}, false},
		{"multipath TCP connect", []string{"mptcp", s.tcp}, false},
		{"TCP fast open by sendto", []string{"fast-open", s.tcp}, false},
		{"UDP", []string{"udp", s.udp}, false},
		{"listen", []string{"listen"}, false},
		{"listen without bind", []string{"autolisten"}, false},
		{"netlink", []string{"netlink"}, false},
		{"vsock", []string{"vsock"}, false},
		{"packet socket", []string{"packet"}, false},
		{"raw socket", []string{"raw"}, false},
		{"kernel crypto socket", []string{"alg"}, false},
		{"abstract unix socket", []string{"unix", s.abstract}, false},
		{"unix socket by path", []string{"unix", s.path}, false},
		{"datagram pair aimed at a unix socket", []string{"aimed-pair", s.datagram}, false},
		{"signal", []string{"signal", s.pid}, false},
		{"signal by pidfd", []string{"pidfd-signal", s.pid}, false},
		{"ptrace", []string{"ptrace", s.pid}, false},
		{"process_vm_readv", []string{"read-memory", s.pid}, false},
		{"pidfd_getfd", []string{"steal-fd", s.pid}, false},
		{"another process's environment", []string{"environment", s.pid}, false},
		{"another process's command line", []string{"command-line", s.pid}, false},
		{"list of processes", []string{"process-list"}, false},
		{"limits of another process", []string{"limit-other", s.pid}, false},
		{"priority of all the user's processes", []string{"slow-user"}, false},
		{"io_uring", []string{"io-uring"}, false},
		{"SysV shared memory", []string{"shm"}, false},
		{"POSIX message queue", []string{"message-queue"}, false},
		{"memfd + execveat", []string{"memfd-execveat", built.probe}, false},
		{"memfd + /proc/self/fd", []string{"memfd-link", built.probe}, false},
		{"nested user namespace by unshare", []string{"user-namespace"}, false},
		{"nested user namespace by clone", []string{"cloned-namespace"}, false},
		{"clone3", []string{"clone3"}, false},
		{"32-bit system calls", []string{"32-bit"}, false},
		{"keys of the session", []string{"keys"}, false},
		{"bpf", []string{"bpf"}, false},
		{"perf_event_open", []string{"perf"}, false},
		{"userfaultfd", []string{"userfaultfd"}, false},
		{"mount", []string{"mount", w.scratch}, false},
		{"chroot", []string{"chroot", w.scratch}, false},
		{"set the clock", []string{"set-clock"}, false},
		{"use a capability of root", []string{"capability"}, false},
		{"terminal input (TIOCSTI)", []string{"terminal-input"}, false},
		{"TIOCSTI with a bit in the high half", []string{"high-half-ioctl"}, false},
		{"file of 5 GiB", []string{"big-file", w.scratch + "/big"}, false},
		{"5000 open files", []string{"many-files"}, false},
		{"raise a limit", []string{"raise-limit"}, false},

		{"stat an unlisted file", []string{"stat", secret}, true},
		{"chdir to an unlisted folder", []string{"chdir", w.outside}, true},
		{"read a symbolic link anywhere", []string{"readlink", w.outside + "/link"}, true},
		{"watch an unlisted folder (inotify)", []string{"watch", w.outside}, true},
		{"read an attribute of an unlisted file (getxattr)", []string{"getxattr", secret}, true},
	}
}

// surroundings are what a server could reach on an open machine.
type surroundings struct{ tcp, udp, abstract, path, datagram, pid string }

func newSurroundings(t *testing.T, w *world) *surroundings {
	t.Helper()
	s := &surroundings{abstract: "@" + w.outside, path: w.outside + "/stream", datagram: w.outside + "/datagram", pid: w.bystander(t)}
	s.tcp = port(t, accept(t, "tcp4", "127.0.0.1:0").Addr())
	accept(t, "unix", s.abstract)
	accept(t, "unix", s.path)
	s.udp = port(t, echo(t, "udp4", "127.0.0.1:0").LocalAddr())
	echo(t, "unixgram", s.datagram)
	for _, path := range []string{s.path, s.datagram} {
		w.must(t, os.Chown(path, w.user.uid, w.user.uid))
	}
	w.must(t, os.Symlink("target", w.outside+"/link"))
	return s
}

func port(t *testing.T, a net.Addr) string {
	t.Helper()
	_, p, err := net.SplitHostPort(a.String())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// accept takes every connection and forgets it.
func accept(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return l
}

// echo sends every datagram back.
func echo(t *testing.T, network, address string) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 16)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			if from != nil {
				_, _ = c.WriteTo(b[:n], from)
			}
		}
	}()
	return c
}

// TestServerCannotReachOutside tries every row inside, and then without the sandbox, where it must be possible. A row that is not
// possible there either is printed as not tried. The last rows are known leaks; a leak that is stopped fails too, so that README.md
// stays true.
func TestServerCannotReachOutside(t *testing.T) {
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			w := newWorld(t, u)
			for _, a := range attacks(w, newSurroundings(t, w)) {
				w.try(t, a)
			}
		})
	}
}

func (w *world) try(t *testing.T, a attack) {
	t.Helper()
	argv := append([]string{built.probe}, a.argv...)
	inside := w.confined(t, argv...)
	if inside.err != nil {
		t.Fatalf("%s: no report: %v: %s", a.row, inside.err, inside.output)
	}
	// inside comes first: it must not profit from what the control left.
	if control := w.free(t, argv...); control.status != could {
		t.Logf("not tried as %s: %s (without the sandbox: %s)", w.user.name, a.row, oneLine(control))
		return
	}
	switch {
	case a.leaks && inside.status != could:
		t.Errorf("%s: is stopped by now (%s); take it off the leaks", a.row, oneLine(inside))
	case !a.leaks && inside.status == could:
		t.Errorf("%s: is possible inside", a.row)
	case !a.leaks && inside.status == notTried:
		t.Errorf("%s: could not be tried inside: %s", a.row, oneLine(inside))
	}
}

func oneLine(o outcome) string {
	text, _, _ := strings.Cut(strings.TrimSpace(o.output), "\n")
	return strconv.Itoa(o.status) + " " + text
}
