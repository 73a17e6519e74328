//go:build linux

package supervise

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// threadsPerProcess bounds threads: they take the same numbers and memory of the kernel as processes do.
const threadsPerProcess = 32

// rest is how long a count that found no room is believed, so that a server that tries again and again does not make us count all day.
const rest = 10 * time.Millisecond

// quota says how many processes and threads may still start. It only ever goes down until it is used up; then the descendants are
// counted again. The zero value, which cannot count,
// must not be used.
type quota struct {
	processes, threads         int       // that may exist
	processesLeft, threadsLeft int       // that may start before the next count
	full                       time.Time // when a count last found no room
	count                      func() (processes, threads int)
}

// newQuota is for a server that has one process now.
func newQuota(processes int) *quota {
	q := &quota{processes: processes, threads: processes * threadsPerProcess, count: descendants}
	q.processesLeft, q.threadsLeft = q.processes-1, q.threads-1
	return q
}

// take uses up one, if there is one.
func (q *quota) take(thread bool) bool {
	if q.usedUp(thread) && !q.recount(thread) {
		return false
	}
	q.threadsLeft--
	if !thread {
		q.processesLeft--
	}
	return true
}

func (q *quota) usedUp(thread bool) bool {
	return q.threadsLeft <= 0 || (!thread && q.processesLeft <= 0)
}

// recount finds out whether there is room again.
func (q *quota) recount(thread bool) bool {
	if !q.full.IsZero() && time.Since(q.full) < rest {
		return false
	}
	processes, threads := q.count()
	q.processesLeft, q.threadsLeft = q.processes-processes, q.threads-threads
	if q.usedUp(thread) {
		q.full = time.Now()
		return false
	}
	return true
}

// descendants counts the processes below this one, and their threads. A dead one that nobody has waited for counts as a process:
// it takes a number.
func descendants() (processes, threads int) {
	next := childrenOf("self")
	for len(next) > 0 {
		pid := next[len(next)-1]
		next = next[:len(next)-1]
		processes++
		threads += len(threadsOf(pid))
		next = append(next, childrenOf(pid)...)
	}
	return processes, threads
}

func threadsOf(pid string) []string {
	folder, err := os.Open("/proc/" + pid + "/task")
	if err != nil {
		return nil // it is gone
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil
	}
	return names
}

func childrenOf(pid string) []string {
	var all []string
	for _, thread := range threadsOf(pid) {
		text, err := os.ReadFile("/proc/" + pid + "/task/" + thread + "/children")
		if err != nil {
			continue // it is gone; its children come to another
		}
		for _, child := range strings.Fields(string(text)) {
			if _, err := strconv.Atoi(child); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}
