package main

import "golang.org/x/sys/unix"

// limitFiles lets a process write no file beyond so many bytes.
func limitFiles(pid int, most uint64) error {
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: most, Max: most}, nil)
}
