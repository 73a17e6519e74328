// Package processes tells what Linux says of the processes of the machine, to tests and measurements. It decides nothing and signals nobody.
package processes

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// Standing is the state of a process, as proc_pid_stat(5) has it, and its parent. The error wraps [fs.ErrNotExist] where there is no such process.
func Standing(pid int) (state string, parent int, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, syscall.ESRCH) {
		err = fs.ErrNotExist // it ended while it was read
	}
	if err != nil {
		return "", 0, fmt.Errorf("the standing of process %d: %w", pid, err)
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // the name before may hold anything, brackets too
	if len(fields) < 2 {
		return "", 0, fmt.Errorf("the standing of process %d: it has %d fields", pid, len(fields))
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return string(fields[0]), parent, err
}

// Lives reports whether a process is there. One that has ended and that nobody has asked about yet is not; one that cannot be looked at is not known
// to be gone.
func Lives(pid int) bool {
	state, _, err := Standing(pid)
	return !errors.Is(err, fs.ErrNotExist) && state != "Z" && state != "X"
}

// Below are the processes that one has started, and all that those have started, as far as each has its parent still. The nearest come first.
func Below(root int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if _, parent, err := Standing(pid); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	var below []int
	for next := children[root]; len(next) > 0; next = next[1:] {
		below = append(below, next[0])
		next = append(next, children[next[0]]...)
	}
	return below, nil
}
