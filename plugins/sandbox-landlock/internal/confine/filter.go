//go:build linux

package confine

import (
	"fmt"
	"unsafe"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Where the kernel puts what a filter looks at.
const (
	atNumber       = 0
	atArchitecture = 4
	atArguments    = 16
)

var (
	no      = []bpf.Instruction{bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}}
	unknown = []bpf.Instruction{bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)}}
	kill    = []bpf.Instruction{bpf.RetConstant{Val: unix.SECCOMP_RET_KILL_PROCESS}}
	allow   = []bpf.Instruction{bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}}
	ask     = []bpf.Instruction{bpf.RetConstant{Val: unix.SECCOMP_RET_USER_NOTIF}}
)

func body(parts ...[]bpf.Instruction) []bpf.Instruction {
	var all []bpf.Instruction
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func load(at uint32) []bpf.Instruction {
	return []bpf.Instruction{bpf.LoadAbsolute{Off: at, Size: 4}}
}

// low loads the low half of an argument. Both architectures are little endian.
func low(argument uint32) []bpf.Instruction { return load(atArguments + 8*argument) }

func and(mask uint32) []bpf.Instruction {
	return []bpf.Instruction{bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask}}
}

// when runs then, which must end in an answer, if what is loaded is value.
func when(value uint32, then []bpf.Instruction) []bpf.Instruction {
	return append([]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipFalse: uint8(len(then))}}, then...)
}

func refuseEach(values []uint32) []bpf.Instruction {
	var all []bpf.Instruction
	for _, v := range values {
		all = append(all, when(v, no)...)
	}
	return all
}

// refuseAny refuses when any of bits is set, needAny when none is.
func refuseAny(bits uint32) []bpf.Instruction {
	return body([]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: bits, SkipFalse: 1}}, no)
}

func needAny(bits uint32) []bpf.Instruction {
	return body([]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: bits, SkipTrue: 1}}, no)
}

// oneOf refuses all but values.
func oneOf(values ...uint32) []bpf.Instruction {
	var all []bpf.Instruction
	for i, v := range values {
		all = append(all, bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: uint8(len(values) - i)})
	}
	return append(all, no...)
}

// filterCalls installs the filter on the calling thread. The listener it gives back must be served from then on: the thread and
// what it starts wait for an answer before each new process.
func filterCalls(network bool) (int, error) {
	program, err := program(network)
	if err != nil {
		return -1, fmt.Errorf("build the seccomp filter: %w", err)
	}
	raw, err := bpf.Assemble(program)
	if err != nil {
		return -1, fmt.Errorf("assemble the seccomp filter: %w", err)
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	fprog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&fprog)))
	if errno != 0 {
		return -1, fmt.Errorf("install the seccomp filter: %w", errno)
	}
	return int(fd), nil
}

// program is the whole filter. The seccomp library makes the part that looks at names only. It is not asked to look at arguments,
// since it goes on with an argument where it should compare the number again; and its own check of the architecture comes to the
// default action, which would let int 0x80 pass everything, so ours is in front.
func program(network bool) ([]bpf.Instruction, error) {
	native, err := arch.GetInfo("")
	if err != nil {
		return nil, err
	}
	all := body(
		load(atArchitecture),
		[]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(native.ID), SkipTrue: 1}}, kill,
		load(atNumber),
		// Numbers of the x32 ABI are over the last one too.
		[]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: last(native), SkipFalse: 1}}, unknown,
	)
	for _, r := range rules(network) {
		if number, ok := native.SyscallNames[r.call]; ok {
			all = append(all, when(uint32(number), r.body)...)
		}
	}
	named, err := namedCalls(native, network)
	if err != nil {
		return nil, err
	}
	return append(all, named...), nil
}

func namedCalls(native *arch.Info, network bool) ([]bpf.Instruction, error) {
	refused := refusedCalls
	if !network {
		refused = append(append([]string{}, refused...), refusedOffline...)
	}
	policy := seccomp.Policy{
		DefaultAction: seccomp.ActionAllow,
		Syscalls: []seccomp.SyscallGroup{
			{Names: present(native, refused), Action: seccomp.ActionErrno | seccomp.Action(unix.EPERM)},
			{Names: present(native, unknownCalls), Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS)},
		},
	}
	return policy.Assemble()
}

func present(native *arch.Info, names []string) []string {
	var have []string
	for _, n := range names {
		if _, ok := native.SyscallNames[n]; ok {
			have = append(have, n)
		}
	}
	return have
}

func last(native *arch.Info) uint32 {
	var most uint32
	for number := range native.SyscallNumbers {
		most = max(most, uint32(number))
	}
	return most
}
