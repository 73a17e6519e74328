//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The argument is the id of a process of the same user outside.
var processVerbs = map[string]verb{
	"signal":       func(a []string) error { return unix.Kill(pid(a[0]), 0) },
	"pidfd-signal": pidfdSignal,
	"ptrace":       ptrace,
	"read-memory":  readMemory,
	"steal-fd":     stealDescriptor,
	"environment":  func(a []string) error { return proc(a[0], "environ") },
	"command-line": func(a []string) error { return proc(a[0], "cmdline") },
	"process-list": func([]string) error { _, err := os.ReadDir("/proc"); return err },
	"limit-other": func(a []string) error {
		var now unix.Rlimit
		return unix.Prlimit(pid(a[0]), unix.RLIMIT_CORE, nil, &now)
	},
	"slow-user":    func([]string) error { return unix.Setpriority(unix.PRIO_USER, 0, 0) },
	"start":        func(a []string) error { return run(a[0], "stat", "/usr") },
	"signal-child": signalChild,
}

func pid(s string) int { n, _ := strconv.Atoi(s); return n }

func proc(id, file string) error {
	_, err := os.ReadFile("/proc/" + id + "/" + file)
	return err
}

func run(path string, args ...string) error {
	return exec.Command(path, args...).Run()
}

func pidfdSignal(a []string) error {
	fd, err := unix.PidfdOpen(pid(a[0]), 0)
	if err != nil {
		return skip("pidfd_open", err)
	}
	return unix.PidfdSendSignal(fd, 0, nil, 0)
}

func ptrace(a []string) error {
	runtime.LockOSThread()
	if err := unix.PtraceSeize(pid(a[0])); err != nil {
		return err
	}
	return nil
}

func readMemory(a []string) error {
	var here [8]byte
	local := []unix.Iovec{{Base: &here[0], Len: 8}}
	// The first bytes of the program, where every build of it has them: both processes run the same file.
	remote := []unix.RemoteIovec{{Base: codeAddress(), Len: 8}}
	_, err := unix.ProcessVMReadv(pid(a[0]), local, remote, 0)
	return err
}

func codeAddress() uintptr {
	f := codeAddress
	return **(**uintptr)(unsafe.Pointer(&f))
}

func stealDescriptor(a []string) error {
	fd, err := unix.PidfdOpen(pid(a[0]), 0)
	if err != nil {
		return skip("pidfd_open", err)
	}
	_, err = unix.PidfdGetfd(fd, 0, 0)
	return err
}

// signalChild must be possible: a server manages its own processes.
func signalChild([]string) error {
	cmd := exec.Command("/bin/sleep", "60")
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := cmd.Process.Kill(); err != nil {
		return err
	}
	err := cmd.Wait()
	var ended *exec.ExitError
	if errors.As(err, &ended) && strings.Contains(ended.String(), "killed") {
		return nil
	}
	return err
}
