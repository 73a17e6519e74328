package daemon

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

var (
	residentPeak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)
	residentNow  = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)
)

// ForgetPeak begins a new measurement of Peak.
func (d *Daemon) ForgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", d.PID()), []byte("5"), 0)
}

// Peak is the most memory that was resident at once, in bytes.
func (d *Daemon) Peak() (int64, error) { return d.memory(residentPeak) }

// Resident is the memory that is resident now, in bytes.
func (d *Daemon) Resident() (int64, error) { return d.memory(residentNow) }

func (d *Daemon) memory(line *regexp.Regexp) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.PID()))
	if err != nil {
		return 0, err
	}
	match := line.FindSubmatch(status)
	if match == nil {
		return 0, fmt.Errorf("no line %s in the status of process %d", line, d.PID())
	}
	kib, err := strconv.ParseInt(string(match[1]), 10, 64)
	return kib << 10, err
}

// Descriptors is how many the daemon has open.
func (d *Daemon) Descriptors() (int, error) {
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.PID()))
	return len(open), err
}

// Threads is how many the daemon has.
func (d *Daemon) Threads() (int, error) {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", d.PID()))
	return len(all), err
}

// Tree are the processes that the daemon has started, and all that those have started.
func (d *Daemon) Tree() (pids []int, err error) {
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
		if state, parent := standing(pid); state != "" {
			children[parent] = append(children[parent], pid)
		}
	}
	pids = slices.Clone(children[d.PID()])
	for i := 0; i < len(pids); i++ {
		pids = append(pids, children[pids[i]]...)
	}
	return pids, nil
}

// Lives reports whether a process is there. One that has ended and that nobody has asked about yet is not.
func Lives(pid int) bool {
	state, _ := standing(pid)
	return state != "" && state != "Z" && state != "X"
}

// standing is the state of a process and its parent; empty when there is no such process.
func standing(pid int) (state string, parent int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	_, _ = fmt.Sscan(rest, &state, &parent)
	return state, parent
}

// Files is how many files, folders and sockets lie in a folder of this one.
func (f *Folder) Files(name string) (n int, err error) {
	err = filepath.WalkDir(f.Path(name), func(_ string, _ fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // gone since its folder was read
		}
		n++
		return err
	})
	return n, err
}

var goroutine = regexp.MustCompile(`(?m)^goroutine \d+ .*\[`)

// Goroutines is how many the daemon runs. Go tells it only of a process that it ends, so this is a Kill too.
func (d *Daemon) Goroutines() (int, error) {
	_ = d.End(syscall.SIGQUIT)
	said := d.Log()
	at := strings.LastIndex(said, "SIGQUIT: quit")
	if at < 0 {
		return 0, fmt.Errorf("the daemon did not tell its goroutines")
	}
	return len(goroutine.FindAllString(said[at:], -1)), nil
}
