package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// checkFolders refuses a plugin folder that somebody other than root and we could change, in place or by renaming a folder above
// it. Above it, a folder in which everyone may write but only owners may rename, such as /tmp, is admitted.
func checkFolders(folder string) error {
	for at := folder; ; at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err != nil {
			return fmt.Errorf("the plugin folder: %w", err)
		}
		if !info.IsDir() {
			return fmt.Errorf("the plugin folder: %s is not a folder", at)
		}
		sticky := at != folder && info.Mode()&fs.ModeSticky != 0
		if err := checkOwner(at, info, sticky); err != nil {
			return err
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// checkFile judges the open file, not its name.
func checkFile(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", file.Name())
	}
	return checkOwner(file.Name(), info, false)
}

func checkOwner(path string, info fs.FileInfo, sticky bool) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("this system does not tell who owns a file")
	}
	if us := os.Geteuid(); !trustedOwner(int(stat.Uid), us) {
		return fmt.Errorf("%s belongs to user %d, who could change it; give it to root or to user %d", path, stat.Uid, us)
	}
	if info.Mode().Perm()&0o022 != 0 && !sticky {
		return fmt.Errorf("%s can be written by others; mend it with: chmod go-w %s", path, path)
	}
	return nil
}

func trustedOwner(owner, us int) bool { return owner == 0 || owner == us }

// leftover starts the names of what we make in the run folder, so that a run after a kill finds and removes it.
const leftover = "argus-"

// prepareRunDir makes the run folder, or takes one that is ours alone, and removes what an earlier run left.
func prepareRunDir(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("the run folder: %w", err)
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return fmt.Errorf("the run folder: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Geteuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("the run folder %s must be a folder of ours with mode 0700", folder)
	}
	old, err := filepath.Glob(filepath.Join(folder, leftover+"*"))
	for _, path := range old {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}
