//go:build linux

package confine

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// rule looks at the arguments of one system call. Its body always ends in an answer, so no rule sees what another has loaded.
//
// Only the low half of an argument is compared: where the kernel takes an int it throws the high half away, and a comparison of
// both halves could be dodged with a bit up there.
type rule struct {
	call string
	body []bpf.Instruction
}

const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER |
	unix.CLONE_NEWPID | unix.CLONE_NEWNET

const (
	ioprioProcess = 1   // IOPRIO_WHO_PROCESS
	memfdNoExec   = 0x8 // MFD_NOEXEC_SEAL
	socketTypes   = 0xf // the type without SOCK_CLOEXEC and SOCK_NONBLOCK
	netlinkRoute  = unix.NETLINK_ROUTE
)

// refusedControls are ioctls by descriptor that a file opened for reading only is enough for.
var refusedControls = []uint32{
	// Input typed into a terminal that the server shares with a person would run outside.
	unix.TIOCSTI,
	0x541c, // TIOCLINUX

	// Attributes of a file, verity among them, which makes it unchangeable for good.
	0x40086602, // FS_IOC_SETFLAGS
	0x40087602, // FS_IOC_SETVERSION
	0x401c5820, // FS_IOC_FSSETXATTR
	0x40806685, // FS_IOC_ENABLE_VERITY
	0x800c6613, // FS_IOC_SET_ENCRYPTION_POLICY
}

// rules are tried before the lists of names.
func rules(network bool) []rule {
	all := []rule{
		// A new process or thread is asked of the supervisor, which counts them.
		{"clone", body(low(0), refuseAny(namespaces), ask)},
		{"fork", body(ask)},
		{"vfork", body(ask)},

		// Landlock does not look at modes and times. The supervisor does, and changes them where the server may write.
		{"chmod", body(ask)},
		{"fchmod", body(ask)},
		{"fchmodat", body(ask)},
		{"fchmodat2", body(ask)},
		{"utimensat", body(ask)},

		// No namespaces of its own.
		{"unshare", body(low(0), refuseAny(namespaces|unix.CLONE_NEWTIME), allow)},

		{"ioctl", body(low(1), refuseEach(refusedControls), allow)},

		// A file in memory only, that can never be executed.
		{"memfd_create", body(low(1), needAny(memfdNoExec), allow)},

		// Limits and priorities of oneself only: 0 is the caller.
		{"prlimit64", body(low(0), oneOf(0), allow)},
		{"sched_setaffinity", body(low(0), oneOf(0), allow)},
		{"sched_setattr", body(low(0), oneOf(0), allow)},
		{"sched_setparam", body(low(0), oneOf(0), allow)},
		{"sched_setscheduler", body(low(0), oneOf(0), allow)},
		{"setpriority", body(low(0), oneOf(unix.PRIO_PROCESS), low(1), oneOf(0), allow)},
		{"ioprio_set", body(low(0), oneOf(ioprioProcess), low(1), oneOf(0), allow)},

		// Two ends of one pipe. A datagram pair is none: either end could be aimed at any unix socket by name.
		{"socketpair", body(low(0), oneOf(unix.AF_UNIX), low(1), and(socketTypes),
			oneOf(unix.SOCK_STREAM, unix.SOCK_SEQPACKET), allow)},
	}
	if network {
		all = append(all, rule{"socket", onlineSocket()})
	}
	return all
}

// onlineSocket allows TCP and UDP, and the questions about interfaces and routes that a resolver asks.
func onlineSocket() []bpf.Instruction {
	route := body(low(2), oneOf(netlinkRoute), allow)
	return body(
		low(0), when(unix.AF_NETLINK, route),
		oneOf(unix.AF_INET, unix.AF_INET6),
		low(1), and(socketTypes), oneOf(unix.SOCK_STREAM, unix.SOCK_DGRAM),
		low(2), oneOf(0, unix.IPPROTO_TCP, unix.IPPROTO_UDP),
		allow,
	)
}
