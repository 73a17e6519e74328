package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// soon is how long a script waits for anything.
const soon = 15 * time.Second

type daemonKey struct{}

// daemon is the one that a script has up.
type daemon struct {
	cmd   *exec.Cmd
	url   string
	ended chan error
}

func daemonOf(ts *testscript.TestScript) *daemon { return ts.Value(daemonKey{}).(*daemon) }

// up runs argus serve with the arguments and waits until it says, on its --ready-fd, that agents can connect.
func up(ts *testscript.TestScript, _ bool, args []string) {
	d := daemonOf(ts)
	ready, told, err := os.Pipe()
	ts.Check(err)
	defer ready.Close()
	cmd := exec.Command(filepath.Join(built, "argus"), append([]string{"serve", "--ready-fd", "3"}, args...)...)
	cmd.Dir, cmd.ExtraFiles = ts.MkAbs("."), []*os.File{told}
	for _, name := range []string{"HOME", "PATH", "XDG_CONFIG_HOME"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Stdout, cmd.Stderr = create(ts, stdoutFile), create(ts, stderrFile)
	ts.Check(cmd.Start())
	ts.Check(told.Close())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ts.Defer(func() { _ = cmd.Process.Kill() })
	ts.Check(ready.SetReadDeadline(time.Now().Add(soon)))
	if line, err := bufio.NewReader(ready).ReadString('\n'); line != "ready\n" {
		_ = cmd.Process.Kill()
		ts.Fatalf("argus serve is not ready: %v: %v\n%s", err, <-ended, ts.ReadFile(stderrFile))
	}
	_, url, found := strings.Cut(strings.TrimSpace(ts.ReadFile(stdoutFile)), "argus is up: ")
	if !found {
		ts.Fatalf("argus serve is ready and told no address")
	}
	d.cmd, d.url, d.ended = cmd, url, ended
}

// Where a daemon writes, in the script's folder.
const (
	stdoutFile = "serve.stdout"
	stderrFile = "serve.stderr"
)

func create(ts *testscript.TestScript, name string) *os.File {
	f, err := os.Create(ts.MkAbs(name))
	ts.Check(err)
	ts.Defer(func() { f.Close() })
	return f
}

var signals = map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}

// down sends a signal, and tells how the daemon ended and what it wrote. It may not take longer than it promises.
func down(ts *testscript.TestScript, _ bool, args []string) {
	d := daemonOf(ts)
	signal, known := signals[strings.Join(args, " ")]
	if d.cmd == nil || !known {
		ts.Fatalf("usage: down TERM|INT|KILL, after up")
	}
	began := time.Now()
	ts.Check(d.cmd.Process.Signal(signal))
	waited(ts, d)
	if took := time.Since(began); took > patience+time.Second {
		ts.Fatalf("the daemon took %v to end", took)
	}
}

// freeze stops a daemon without ending it, as one that hangs.
func freeze(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(daemonOf(ts).cmd.Process.Signal(syscall.SIGSTOP))
}

// gone waits for a daemon to end by itself.
func gone(ts *testscript.TestScript, _ bool, _ []string) { waited(ts, daemonOf(ts)) }

func waited(ts *testscript.TestScript, d *daemon) {
	select {
	case <-d.ended:
	case <-time.After(soon):
		ts.Fatalf("the daemon does not end\n%s", ts.ReadFile(stderrFile))
	}
	fmt.Fprintf(ts.Stdout(), "ended: %v\n%s", d.cmd.ProcessState, ts.ReadFile(stdoutFile))
	fmt.Fprint(ts.Stderr(), ts.ReadFile(stderrFile))
	d.cmd = nil
}

// starve lets the daemon write no file beyond what this one has now, as a full disk would.
func starve(ts *testscript.TestScript, _ bool, args []string) {
	most := uint64(len(ts.ReadFile(strings.Join(args, ""))))
	ts.Check(limitFiles(daemonOf(ts).cmd.Process.Pid, most))
}

// code runs a command that must end with an exit code.
func code(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: code N command args...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		exit, is := err.(*exec.ExitError)
		if !is {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, not %s", got, args[0])
	}
}

// until runs a command again and again until its output has a text: what a daemon does by itself cannot be waited for otherwise.
func until(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: until TEXT command args...")
	}
	for over := time.Now().Add(soon); time.Now().Before(over); time.Sleep(50 * time.Millisecond) {
		_ = ts.Exec(args[1], args[2:]...)
		if strings.Contains(ts.ReadFile("stdout")+ts.ReadFile("stderr"), args[0]) {
			return
		}
	}
	ts.Fatalf("never told %q\n%s", args[0], ts.ReadFile(stderrFile))
}
