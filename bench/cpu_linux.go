package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// family is a process and all that descend from it, now.
func family(root int) ([]int, error) {
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
		if parent, alive := parentOf(pid); alive {
			children[parent] = append(children[parent], pid)
		}
	}
	pids := []int{root}
	for i := 0; i < len(pids); i++ {
		pids = append(pids, children[pids[i]]...)
	}
	return pids, nil
}

// parentOf reads the second field behind the name, which may hold anything, brackets too.
func parentOf(pid int) (parent int, alive bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false // it ended meanwhile
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0, false
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return parent, err == nil
}

// cpuOf is the time that processes have used, user and system. The clock of a process counts it to the nanosecond, where /proc/PID/stat
// has ticks of 10 ms; both come from the same count of the scheduler.
func cpuOf(pids []int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range pids {
		var used unix.Timespec
		if err := unix.ClockGettime(clockOf(pid), &used); err != nil {
			return 0, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
		}
		sum += time.Duration(used.Nano())
	}
	return sum, nil
}

// clockOf is clock_getcpuclockid(3).
func clockOf(pid int) int32 { return int32(^pid)<<3 | 2 }

// ownCPU is what this process, the generator, has used.
func ownCPU() (time.Duration, error) { return cpuOf([]int{os.Getpid()}) }
