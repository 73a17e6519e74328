//go:build linux

package confine

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// decide runs the filter on one call, as the kernel would.
func decide(t *testing.T, program []bpf.Instruction, architecture, number uint32, args ...uint64) uint32 {
	t.Helper()
	// The machine of x/net loads in network order, the kernel's in the machine's: each half is swapped beforehand.
	data := make([]byte, 64)
	binary.BigEndian.PutUint32(data[atNumber:], number)
	binary.BigEndian.PutUint32(data[atArchitecture:], architecture)
	for i, a := range args {
		binary.BigEndian.PutUint32(data[atArguments+8*i:], uint32(a))
		binary.BigEndian.PutUint32(data[atArguments+8*i+4:], uint32(a>>32))
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	got, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(got)
}

const (
	allowed = uint32(unix.SECCOMP_RET_ALLOW)
	asked   = uint32(unix.SECCOMP_RET_USER_NOTIF)
	killed  = uint32(unix.SECCOMP_RET_KILL_PROCESS)
	eperm   = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	enosys  = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

func TestFilterDecides(t *testing.T) {
	native, err := arch.GetInfo("")
	if err != nil {
		t.Fatal(err)
	}
	const junk = uint64(1) << 32 // a bit where the kernel takes an int and does not look
	number := func(call string) uint32 { return uint32(native.SyscallNames[call]) }
	for _, c := range []struct {
		network bool
		call    string
		args    []uint64
		want    uint32
	}{
		{call: "openat", want: allowed},
		{call: "execve", want: allowed},
		{call: "execveat", want: eperm},
		{call: "clone3", want: enosys},
		{call: "clone", args: []uint64{unix.CLONE_THREAD | unix.CLONE_VM}, want: asked},
		{call: "clone", args: []uint64{unix.CLONE_NEWUSER}, want: eperm},
		{call: "clone", args: []uint64{unix.CLONE_NEWNET | unix.CLONE_VM}, want: eperm},
		{call: "clone", args: []uint64{junk | unix.CLONE_NEWUSER}, want: eperm},
		{call: "fchmod", want: asked},
		{call: "utimensat", want: asked},
		{call: "fchown", want: eperm},
		{call: "setxattr", want: eperm},
		{call: "unshare", args: []uint64{unix.CLONE_FS}, want: allowed},
		{call: "unshare", args: []uint64{unix.CLONE_NEWTIME}, want: eperm},
		{call: "ioctl", args: []uint64{0, unix.TCGETS}, want: allowed},
		{call: "ioctl", args: []uint64{0, unix.TIOCSTI}, want: eperm},
		{call: "ioctl", args: []uint64{0, junk | unix.TIOCSTI}, want: eperm},
		{call: "ioctl", args: []uint64{0, 0x40086602}, want: eperm},
		{call: "memfd_create", args: []uint64{0, 0}, want: eperm},
		{call: "memfd_create", args: []uint64{0, memfdNoExec}, want: allowed},
		{call: "prlimit64", args: []uint64{0}, want: allowed},
		{call: "prlimit64", args: []uint64{1}, want: eperm},
		{call: "setpriority", args: []uint64{unix.PRIO_PROCESS, 0}, want: allowed},
		{call: "setpriority", args: []uint64{unix.PRIO_USER, 0}, want: eperm},
		{call: "socketpair", args: []uint64{unix.AF_UNIX, unix.SOCK_STREAM | unix.SOCK_CLOEXEC}, want: allowed},
		{call: "socketpair", args: []uint64{unix.AF_UNIX, unix.SOCK_DGRAM}, want: eperm},
		{call: "socketpair", args: []uint64{unix.AF_INET, unix.SOCK_STREAM}, want: eperm},
		{call: "socket", args: []uint64{unix.AF_INET, unix.SOCK_STREAM}, want: eperm},
		{call: "socket", args: []uint64{unix.AF_UNIX, unix.SOCK_STREAM}, want: eperm},
		{call: "connect", want: eperm},
		{network: true, call: "connect", want: allowed},
		{network: true, call: "socket", args: []uint64{unix.AF_INET, unix.SOCK_STREAM | unix.SOCK_NONBLOCK, unix.IPPROTO_TCP}, want: allowed},
		{network: true, call: "socket", args: []uint64{unix.AF_INET6, unix.SOCK_DGRAM, 0}, want: allowed},
		{network: true, call: "socket", args: []uint64{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP}, want: eperm},
		{network: true, call: "socket", args: []uint64{unix.AF_INET, unix.SOCK_RAW, 0}, want: eperm},
		{network: true, call: "socket", args: []uint64{unix.AF_UNIX, unix.SOCK_STREAM, 0}, want: eperm},
		{network: true, call: "socket", args: []uint64{junk | unix.AF_UNIX, unix.SOCK_STREAM, 0}, want: eperm},
		{network: true, call: "socket", args: []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE}, want: allowed},
		{network: true, call: "socket", args: []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_AUDIT}, want: eperm},
		{network: true, call: "socket", args: []uint64{unix.AF_PACKET, unix.SOCK_DGRAM, 0}, want: eperm},
		{network: true, call: "socketpair", args: []uint64{unix.AF_UNIX, unix.SOCK_DGRAM}, want: eperm},
	} {
		p, err := program(c.network)
		if err != nil {
			t.Fatal(err)
		}
		if got := decide(t, p, uint32(native.ID), number(c.call), c.args...); got != c.want {
			t.Errorf("%s %#x (network %v): %#x, not %#x", c.call, c.args, c.network, got, c.want)
		}
	}
}

// TestForeignNumbersDoNotPass tries the two ways around a list of numbers: other numbers, and another architecture's.
func TestForeignNumbersDoNotPass(t *testing.T) {
	native, err := arch.GetInfo("")
	if err != nil {
		t.Fatal(err)
	}
	p, err := program(false)
	if err != nil {
		t.Fatal(err)
	}
	read := uint32(native.SyscallNames["read"])
	for _, foreign := range []*arch.Info{arch.I386, arch.ARM, arch.X86_64, arch.AARCH64} {
		if foreign.ID == native.ID {
			continue
		}
		if got := decide(t, p, uint32(foreign.ID), read); got != killed {
			t.Errorf("a call of %s: %#x", foreign.Name, got)
		}
	}
	for _, number := range []uint32{0x40000000 | read, last(native) + 1, 0xffffffff} {
		if got := decide(t, p, uint32(native.ID), number); got != enosys {
			t.Errorf("number %#x: %#x", number, got)
		}
	}
	if got := decide(t, p, uint32(native.ID), read); got != allowed {
		t.Errorf("control: %#x", got)
	}
}

// TestEveryNameExists finds a name that was misspelt: it would refuse nothing.
func TestEveryNameExists(t *testing.T) {
	names := slices.Concat(refusedCalls, refusedOffline, unknownCalls)
	for _, r := range rules(true) {
		names = append(names, r.call)
	}
	for _, n := range names {
		known := false
		for _, a := range []*arch.Info{arch.X86_64, arch.AARCH64, arch.I386} {
			_, ok := a.SyscallNames[n]
			known = known || ok
		}
		if !known {
			t.Errorf("no architecture has %s", n)
		}
	}
}
