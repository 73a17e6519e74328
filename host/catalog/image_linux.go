package catalog

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// copyImage copies src into memory that nobody can change any more, not even we, and gives the checksum of the copied bytes.
// Replacing or rewriting the file afterwards changes nothing.
func copyImage(src *os.File, name, scratch string) (*Image, string, error) {
	memory, err := executableMemory(name)
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.ENOSYS) {
		return copyToFolder(src, name, scratch) // this kernel forbids to execute memory
	}
	if err != nil {
		return nil, "", err
	}
	sum, err := hashInto(memory, src)
	if err == nil {
		const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
		_, err = unix.FcntlInt(memory.Fd(), unix.F_ADD_SEALS, seals)
	}
	if err != nil {
		memory.Close()
		return nil, "", err
	}
	// The child resolves the path between fork and exec, when it still has our descriptors under the same numbers.
	return &Image{path: fmt.Sprintf("/proc/self/fd/%d", memory.Fd()), release: memory.Close}, sum, nil
}

func executableMemory(name string) (*os.File, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate(name, flags|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate(name, flags) // kernels before 6.3 have no word for it
	}
	if err != nil {
		return nil, fmt.Errorf("make sealed memory: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}
