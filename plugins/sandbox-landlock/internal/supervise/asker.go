//go:build linux

package supervise

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// asker is a thread of the server that waits for an answer. Everything read from it is one copy, checked and used: what it writes to
// its memory after changes nothing.
type asker struct {
	pid   int
	alive func() bool // still the one who asked, and not another with the same number
}

const (
	pageSize    = 4096
	maxPathRead = 4096
	pidfdThread = unix.O_EXCL // PIDFD_THREAD: of a thread, not only of a process
)

// descriptor is a copy of one of the asker's descriptors.
func (a asker) descriptor(fd uint64) (int, error) {
	process, err := unix.PidfdOpen(a.pid, pidfdThread)
	if err != nil {
		return -1, fmt.Errorf("reach the asker: %w", err)
	}
	defer unix.Close(process)
	if !a.alive() {
		return -1, unix.ESRCH
	}
	return unix.PidfdGetfd(process, int(int32(fd)), 0)
}

// file finds what the asker means by a folder's descriptor, the address of a path and flags of the at-calls. What it gives back
// names the file and cannot read it.
func (a asker) file(folder, address, flags uint64) (int, error) {
	if flags&^(unix.AT_SYMLINK_NOFOLLOW|unix.AT_EMPTY_PATH) != 0 {
		return -1, unix.EINVAL
	}
	path, err := a.path(address)
	if err != nil {
		return -1, err
	}
	if path == "" {
		if flags&unix.AT_EMPTY_PATH == 0 {
			return -1, unix.ENOENT
		}
		return a.folder(folder)
	}
	from := unix.AT_FDCWD
	if path[0] != '/' {
		if from, err = a.folder(folder); err != nil {
			return -1, err
		}
		defer unix.Close(from)
	}
	// Without magic links: /proc/self is this process here, and not the asker.
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_MAGICLINKS}
	if flags&unix.AT_SYMLINK_NOFOLLOW != 0 {
		how.Flags |= unix.O_NOFOLLOW
	}
	return unix.Openat2(from, path, &how)
}

// folder is the asker's working folder or one of its descriptors.
func (a asker) folder(fd uint64) (int, error) {
	if int32(fd) != unix.AT_FDCWD {
		return a.descriptor(fd)
	}
	cwd, err := unix.Open("/proc/"+strconv.Itoa(a.pid)+"/cwd", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("find the asker's folder: %w", err)
	}
	if !a.alive() {
		unix.Close(cwd)
		return -1, unix.ESRCH
	}
	return cwd, nil
}

// path reads a string that ends in zero, page by page: the next page may not be there.
func (a asker) path(address uint64) (string, error) {
	var path []byte
	for len(path) < maxPathRead {
		chunk := make([]byte, pageSize-address%pageSize)
		if err := a.read(address, chunk); err != nil {
			return "", err
		}
		if end := bytes.IndexByte(chunk, 0); end >= 0 {
			return string(append(path, chunk[:end]...)), nil
		}
		path = append(path, chunk...)
		address += uint64(len(chunk))
	}
	return "", unix.ENAMETOOLONG
}

// times reads the two times of utimensat; without any, both are now.
func (a asker) times(address uint64) ([]unix.Timespec, error) {
	if address == 0 {
		return []unix.Timespec{{Nsec: unix.UTIME_NOW}, {Nsec: unix.UTIME_NOW}}, nil
	}
	var b [32]byte
	if err := a.read(address, b[:]); err != nil {
		return nil, err
	}
	at := func(i int) int64 { return int64(binary.LittleEndian.Uint64(b[8*i:])) }
	return []unix.Timespec{{Sec: at(0), Nsec: at(1)}, {Sec: at(2), Nsec: at(3)}}, nil
}

func (a asker) read(address uint64, into []byte) error {
	local := []unix.Iovec{{Base: &into[0]}}
	local[0].SetLen(len(into))
	remote := []unix.RemoteIovec{{Base: uintptr(address), Len: len(into)}}
	n, err := unix.ProcessVMReadv(a.pid, local, remote, 0)
	if err != nil {
		return fmt.Errorf("read the asker's memory: %w", err)
	}
	if n != len(into) {
		return unix.EFAULT
	}
	if !a.alive() {
		return unix.ESRCH
	}
	return nil
}
