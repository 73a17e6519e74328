// Package probe is what the checks of a sandbox run inside it: each verb tries one thing and tells by its exit status whether it could.
package probe

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The answers of a verb.
const (
	Could   = 0
	Refused = 10
)

// Inherited is the descriptor that a process of the test leaves open for the probe.
const Inherited = 9

const (
	patience            = 5 * time.Second // for an address
	firstBeyondStandard = 3
	mostDescriptors     = 4096
)

var verbs = map[string]func(args []string) error{
	"tell": tell, "read": read, "write": write, "reach": reach, "signal": signal, "inherited": inherited, "privileges": privileges,
	"processes": processes, "reserve": reserve, "parent": parent, "leave": leave, "linger": linger,
}

// self is this program up to the verb.
var self []string

// Run tries what args, the last of the program's, say, and gives the exit status.
func Run(args []string) int {
	self = os.Args[:len(os.Args)-len(args)]
	if len(args) == 0 || verbs[args[0]] == nil {
		fmt.Println("a verb of the probe is missing")
		return Refused
	}
	if err := verbs[args[0]](args[1:]); err != nil {
		fmt.Println(err)
		return Refused
	}
	return Could
}

// tell tells how it was started.
func tell(args []string) error {
	folder, err := os.Getwd()
	fmt.Println(folder, os.Getenv("PROBE"), strings.Join(args, " "))
	return err
}

func read(args []string) error {
	_, err := os.ReadFile(args[0])
	return err
}

func write(args []string) error { return os.WriteFile(args[0], []byte("written"), 0o600) }

// reach sends something to an address. What goes by UDP has arrived only where it is answered.
func reach(args []string) error {
	conn, err := net.DialTimeout(args[0], args[1], patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	message := []byte("?")
	if _, err = conn.Write(message); err == nil && args[0] == "udp" {
		_, err = conn.Read(message)
	}
	return err
}

// signal tries each way to signal a process, with the signal that only asks whether one could.
func signal(args []string) error {
	const none = syscall.Signal(0)
	pid, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, none); err == nil {
		return nil
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Signal(none)
}

// inherited finds a descriptor that came with this program. Those that this program has opened itself are closed on execution, as one that
// came with it cannot be.
func inherited([]string) error {
	for fd := firstBeyondStandard; fd < mostDescriptors; fd++ {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			fmt.Println("descriptor", fd)
			return nil
		}
	}
	return errors.New("no descriptor was inherited")
}

// processes starts as many of itself as it is told, all at once.
func processes(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var started []*exec.Cmd
	defer func() {
		for _, cmd := range started {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}()
	for range n {
		cmd, err := another("linger")
		if err != nil {
			return err
		}
		started = append(started, cmd)
	}
	return nil
}

// reserve takes addresses for as many bytes as it is told, at once.
func reserve(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	memory, err := unix.Mmap(-1, 0, n, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	return unix.Munmap(memory)
}

// parent lingers, and so does one that it has started, whose own parent is gone.
func parent([]string) error {
	between, err := another("leave")
	if err != nil {
		return err
	}
	if err := between.Wait(); err != nil {
		return err
	}
	return linger(nil)
}

// leave starts one that lingers, and ends before that does.
func leave([]string) error {
	_, err := another("linger")
	return err
}

// Lingers is what each that lingers prints, on a line of its own, once it does.
const Lingers = "here"

// linger does nothing, for longer than any check waits.
func linger([]string) error {
	fmt.Println(Lingers)
	time.Sleep(time.Minute)
	return nil
}

// another starts this program as it was started, with another verb, with the same output and in a session of its own.
func another(verb string) (*exec.Cmd, error) {
	cmd := exec.Command(self[0], append(slices.Clone(self[1:]), verb)...)
	cmd.Stdout = os.Stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, cmd.Start()
}
