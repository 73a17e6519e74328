//go:build linux

// Package machine tells what the running kernel can enforce. It decides nothing, changes nothing, and believes only what the
// kernel answers: never a version number.
package machine

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// NeededABI is the first Landlock ABI that keeps signals and abstract sockets inside. The sandbox has no mode for less.
const NeededABI = 6

// Layer is one mechanism of the kernel.
type Layer struct {
	Name      string
	Available bool
	Detail    string // what was found, or what is missing and how to get it
}

// Layers asks the kernel for each mechanism that the sandbox needs. All must be available for a server to run.
func Layers() []Layer {
	return []Layer{landlock(), seccomp(), children(), architecture()}
}

// Missing is the first layer that is not available.
func Missing() (Layer, bool) {
	for _, l := range Layers() {
		if !l.Available {
			return l, true
		}
	}
	return Layer{}, false
}

// LandlockABI is the version the kernel offers, 0 for none.
func LandlockABI() int {
	const version = 1
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, version)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

func landlock() Layer {
	switch abi := LandlockABI(); {
	case abi == 0:
		return Layer{"landlock", false, "the kernel has no Landlock; use Linux 6.12 or newer with landlock in the kernel's lsm= list"}
	case abi < NeededABI:
		return Layer{"landlock", false, fmt.Sprintf("ABI %d does not keep signals inside; use Linux 6.12 or newer (ABI %d)", abi, NeededABI)}
	default:
		return Layer{"landlock", true, fmt.Sprintf("ABI %d", abi)}
	}
}

// seccomp asks for the three answers the filter gives: an errno, a question to the supervisor, the end of the process.
func seccomp() Layer {
	for _, action := range []uint32{unix.SECCOMP_RET_ERRNO, unix.SECCOMP_RET_USER_NOTIF, unix.SECCOMP_RET_KILL_PROCESS} {
		_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
		if errno != 0 {
			return Layer{"seccomp", false, "the kernel or a container around this one refuses seccomp filters; " +
				"use a kernel with CONFIG_SECCOMP_FILTER and a container profile that allows seccomp(2)"}
		}
	}
	return Layer{"seccomp", true, "filters with user notification"}
}

// children is how the supervisor counts the processes of a server.
func children() Layer {
	// It is read: a sandbox around this one may refuse that and still answer access(2).
	if _, err := os.ReadFile("/proc/thread-self/children"); err != nil {
		return Layer{"proc", false, "/proc does not list child processes; mount /proc and use a kernel with CONFIG_PROC_CHILDREN"}
	}
	return Layer{"proc", true, "/proc lists child processes"}
}

func architecture() Layer {
	switch runtime.GOARCH {
	case "amd64", "arm64":
		return Layer{"architecture", true, runtime.GOARCH}
	}
	return Layer{"architecture", false, runtime.GOARCH + " has no system call table here; use amd64 or arm64"}
}
