//go:build linux

package processes

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

func TestProcessLivesUntilItHasEnded(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	hostile := filepath.Join(t.TempDir(), "a) Z 1 (b") // the kernel tells it between the number and the state
	if err := os.Symlink(sleep, hostile); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(hostile, "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	pid := child.Process.Pid
	if _, parent, err := Standing(pid); err != nil || parent != os.Getpid() || !Lives(pid) {
		t.Errorf("parent %d, %v, lives %v", parent, err, Lives(pid))
	}
	if below, err := Below(os.Getpid()); err != nil || !slices.Contains(below, pid) {
		t.Errorf("%v, %v", below, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for state := ""; state != "Z"; {
		if state, _, err = Standing(pid); err != nil {
			t.Fatal(err)
		}
	}
	if Lives(pid) {
		t.Error("one that has ended and was not asked about lives")
	}
	_ = child.Wait() // it was killed
	if Lives(pid) {
		t.Error("one that is gone lives")
	}
}
