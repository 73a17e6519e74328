package folder

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
)

// ErrChanged says that a file is not the one that an edit began with.
var ErrChanged = errors.New("the file was changed meanwhile: look at it and run the command again")

// Replace puts data in the place of a file, whole and durable or not at all. The file must still hold before; nil means that there
// was none. It keeps the file's permissions.
func (f Folder) Replace(name string, before, data []byte) error {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return fmt.Errorf("open the folder: %w", err)
	}
	defer root.Close()
	perm, exists, err := mode(root, name)
	if err != nil {
		return err
	}
	temp := "." + name + "." + rand.Text()[:8]
	if err := create(root, temp, data, perm); err != nil {
		return errors.Join(fmt.Errorf("write beside %s: %w", name, err), discard(root, temp))
	}
	if err := unchanged(root, name, exists, before); err != nil {
		return errors.Join(err, discard(root, temp))
	}
	if err := root.Rename(temp, name); err != nil {
		return errors.Join(fmt.Errorf("replace %s: %w", name, err), discard(root, temp))
	}
	return syncFolder(root)
}

func create(root *os.Root, name string, data []byte, perm os.FileMode) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		// The mask of the process must not take away what the owner had given.
		err = file.Chmod(perm)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func unchanged(root *os.Root, name string, exists bool, before []byte) error {
	if exists != (before != nil) {
		return ErrChanged
	}
	if !exists {
		return nil
	}
	now, err := read(root, name)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, before) {
		return ErrChanged
	}
	return nil
}

func discard(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

func syncFolder(root *os.Root) error {
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
