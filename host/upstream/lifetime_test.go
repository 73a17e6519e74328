package upstream

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemonArgument makes the test binary run a Set until it is killed. It prints a line with the pids once all are ready.
const daemonArgument = "upstream-test-daemon"

func runDaemon(args []string) {
	how, commands := args[0], args[1:]
	var specs []Spec
	for i, command := range commands {
		specs = append(specs, Spec{Name: fmt.Sprint(i), Command: command, Folder: os.TempDir(), Scratch: os.TempDir()})
	}
	s, err := Start(context.Background(), specs, launcher{how: how}, newWitness(), Options{})
	if err != nil {
		panic(err)
	}
	for _, one := range specs {
		if err := s.Await(context.Background(), one.Name); err != nil {
			panic(err)
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
		t.Run(how, func(t *testing.T) { serversDieWithTheDaemon(t, how) })
	}
}

func serversDieWithTheDaemon(t *testing.T, how string) {
	rogue := binaries + "/rogue"
	daemon := exec.Command(os.Args[0], daemonArgument, how, rogue, rogue, rogue)
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
		helper, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, helper), children(t, helper)...)
	}
	if len(all) != 6 {
		t.Fatalf("processes are %v, want three helpers and three servers", all)
	}
	for _, pid := range all {
		if !alive(pid) {
			t.Fatalf("process %d did not live before", pid)
		}
	}
	if err := daemon.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	_ = daemon.Wait()
	for _, pid := range all {
		for alive(pid) {
			if time.Since(begun) > 2*time.Second {
				t.Fatalf("process %d lives two seconds after kill -9 of its daemon", pid)
			}
			time.Sleep(time.Millisecond)
		}
	}
	t.Logf("six processes were gone %v after kill -9", time.Since(begun))
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
	var all []int
	for _, st := range s.Status() {
		all = append(append(all, st.PID), children(t, st.PID)...)
	}
	begun := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("closing took %v", took)
	}
	for _, pid := range all {
		if alive(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("a second close: %v", err)
	}
	if _, err := call(t, s, "0", `{}`); err == nil {
		t.Error("a closed set took a call")
	}
}

func TestBackoffGrowsAndStartsOver(t *testing.T) {
	b := backoff{least: 200 * time.Millisecond, most: 30 * time.Second}
	for _, most := range []time.Duration{200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000} {
		most *= time.Millisecond
		if pause := b.next(); pause > most || pause < most/2 {
			t.Fatalf("pause of %v, want %v to %v", pause, most/2, most)
		}
	}
	b.reset()
	if pause := b.next(); pause > 200*time.Millisecond {
		t.Errorf("pause of %v after a reset", pause)
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
		if _, parent := stat(child); parent == pid {
			found = append(found, child)
		}
	}
	return found
}

// alive is true of a process that still runs; a zombie that init has not collected does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	state, _ := stat(pid)
	return state != "" && state != "Z" && state != "X"
}

func stat(pid int) (state string, parent int) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	fmt.Sscan(rest, &state, &parent)
	return state, parent
}
