package daemon

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"argus/internal/processes"
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
func (d *Daemon) Tree() ([]int, error) { return processes.Below(d.PID()) }

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
