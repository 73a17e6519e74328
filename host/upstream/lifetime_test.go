//go:build linux

package upstream

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"argus/internal/processes"
)

// daemonArgument makes the test binary run a Set until it is killed: with the real helper when one is named, or else with the
// test's own, told how to behave. It prints the pids of each server's helper and of what that server left behind.
const daemonArgument = "upstream-test-daemon"

func runDaemon(args []string) {
	how, command, mode := args[0], args[1], args[2]
	var l Launcher = launcher{how: how}
	if filepath.IsAbs(how) {
		l = confined{how}
	}
	ctx := context.Background()
	var specs []Spec
	for i := range 3 {
		scratch, err := filepath.EvalSymlinks(os.TempDir())
		if err != nil {
			panic(err)
		}
		specs = append(specs, Spec{
			Name: fmt.Sprint(i), Command: command, Args: []string{"-mode", mode}, Folder: scratch, Scratch: scratch,
		})
	}
	s, err := Start(ctx, specs, l, newWitness(), Options{})
	if err != nil {
		panic(err)
	}
	for _, one := range specs {
		if err := s.Await(ctx, one.Name); err != nil {
			panic(err)
		}
		r, err := s.Call(ctx, Request{Server: one.Name, Method: "tools/call"})
		if err != nil {
			panic(err)
		}
		if mode == "spawns" {
			content, _ := r.Result.Member("content")
			for _, item := range content.Items() {
				pid, _ := item.Member("text")
				told, _ := pid.Text()
				fmt.Print(told, " ")
			}
		}
	}
	for _, st := range s.Status() {
		fmt.Print(st.PID, " ")
	}
	fmt.Println()
	select {}
}

func TestServersDieWithTheDaemon(t *testing.T) {
	for _, how := range []string{"", "no-lifeline", "no-signal"} { // either of the two ways is enough
		t.Run(how, func(t *testing.T) { dieWithTheDaemon(t, how, "refuses", 6) })
	}
}

func TestDescendantsInTheRealSandboxDieWithTheDaemon(t *testing.T) {
	dieWithTheDaemon(t, buildHelper(t).helper, "spawns", 9)
}

// dieWithTheDaemon starts a daemon with three servers and kills it. At least so many processes must be below it.
func dieWithTheDaemon(t *testing.T, how, mode string, least int) {
	daemon := exec.Command(os.Args[0], daemonArgument, how, binaries+"/rogue", mode)
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	daemon.Stderr = os.Stderr
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	for field := range strings.FieldsSeq(line) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, pid), children(t, pid)...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) < least {
		t.Fatalf("processes are %v, want at least %d", all, least)
	}
	for _, pid := range all {
		if !processes.Lives(pid) {
			t.Fatalf("process %d did not live before", pid)
		}
	}
	begun := time.Now()
	if err := daemon.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait()
	awaitGone(t, all, begun)
	t.Logf("%d processes were gone %v after kill -9", len(all), time.Since(begun))
}

func TestCloseEndsServersInTwoSeconds(t *testing.T) {
	var specs []Spec
	for i, mode := range []string{"", "deaf", "hang-start", "never-answers"} {
		one := rogue(t, mode)
		one.Name = strconv.Itoa(i)
		specs = append(specs, one)
	}
	s, _ := start(t, quick(), launcher{}, specs...)
	for _, name := range []string{"0", "1", "3"} {
		awaitReady(t, s, name)
	}
	for changed := s.servers["2"].watch(); s.servers["2"].status().PID == 0; changed = s.servers["2"].watch() {
		<-changed
	}
	var all []int
	for _, st := range s.Status() {
		all = append(append(all, st.PID), children(t, st.PID)...)
	}
	begun := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, all, begun)
	if err := s.Close(); err != nil {
		t.Errorf("a second close: %v", err)
	}
	if _, err := call(t, s, "0", `{}`); err == nil {
		t.Error("a closed set took a call")
	}
}

// awaitGone allows two seconds from begun.
func awaitGone(t *testing.T, all []int, begun time.Time) {
	t.Helper()
	for _, pid := range all {
		for processes.Lives(pid) {
			if time.Since(begun) > 2*time.Second {
				t.Fatalf("process %d lives after two seconds", pid)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// children are the pids whose parent is pid.
func children(t *testing.T, pid int) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if _, parent, err := processes.Standing(child); err == nil && parent == pid {
			found = append(found, child)
		}
	}
	return found
}
