package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"argus/internal/processes"
)

// family is a process and all that descend from it, now.
func family(root int) ([]int, error) {
	below, err := processes.Below(root)
	return append([]int{root}, below...), err
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
