// Package probe is what the checks of a sandbox run inside it: each verb tries one thing and tells by its exit status whether it could.
package probe

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The answers of a verb.
const (
	Could   = 0
	Refused = 10
)

// Inherited is the descriptor that a process of the test leaves open for the probe.
const Inherited = 9

var verbs = map[string]func(args []string) error{
	"tell": tell, "read": read, "write": write, "connect": connect, "signal": signal, "inherited": inherited, "privileges": privileges,
	"processes": processes, "parent": parent, "linger": linger,
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

func connect(args []string) error {
	conn, err := net.DialTimeout(args[0], args[1], 5*time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}

func signal(args []string) error {
	pid, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	return syscall.Kill(pid, 0)
}

func inherited([]string) error {
	left := os.NewFile(Inherited, "inherited")
	text, err := io.ReadAll(left)
	if err == nil && len(text) == 0 {
		err = errors.New("what was inherited is empty")
	}
	return err
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

// parent lingers, with a child that does.
func parent([]string) error {
	if _, err := another("linger"); err != nil {
		return err
	}
	fmt.Println("here")
	return linger(nil)
}

// linger does nothing, for longer than any check waits.
func linger([]string) error {
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
