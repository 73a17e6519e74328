package socket

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// private finds the owner of a folder that nobody else can enter. The folder must be ours; root, who can enter all, may use anybody's.
func private(folder string) (owner int, err error) {
	info, err := os.Lstat(folder)
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, errors.New("this system does not tell who owns a folder")
	}
	us := os.Geteuid()
	switch owner = int(stat.Uid); {
	case !info.IsDir():
		return 0, fmt.Errorf("%s is no folder", folder)
	case owner != us && us != 0:
		return 0, fmt.Errorf("the folder %s belongs to user %d, and this process is of user %d", folder, owner, us)
	case info.Mode().Perm()&0o077 != 0:
		return 0, fmt.Errorf("the folder %s is open to others: run chmod 700 on it", folder)
	}
	return owner, nil
}

// expected reports whether a process of that user is one whom a folder's owner lets use the sockets in it.
func expected(peer, owner int) bool { return peer == owner || peer == 0 }
