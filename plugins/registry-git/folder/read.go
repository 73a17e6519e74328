package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"argus/internal/owned"
	"argus/internal/tomlpos"
	"argus/plugin/sdk"
	"argus/plugins/registry-git/content"
)

// Bounds of a folder.
const (
	mostNames = 4096
	mostFiles = 1024
	mostBytes = 16 << 20
)

// Folder is a registry's folder by its absolute path.
type Folder string

// Read reads all files as they are at one moment: until two readings in a row agree, since a person or git may be writing.
func (f Folder) Read() ([]content.File, []sdk.Problem) {
	files, problems := f.once()
	for range 4 {
		again, more := f.once()
		if len(problems) == len(more) && content.Revision(files) == content.Revision(again) {
			return files, problems
		}
		files, problems = again, more
	}
	return files, append(problems, f.problem("", "does not come to rest", "wait until whatever writes it is done"))
}

func (f Folder) once() ([]content.File, []sdk.Problem) {
	if err := owned.Folder(string(f)); err != nil {
		return nil, []sdk.Problem{f.problem("", err.Error(), "")}
	}
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return nil, []sdk.Problem{f.problem("", err.Error(), "")}
	}
	defer root.Close()
	names, err := list(root)
	if err != nil {
		return nil, []sdk.Problem{f.problem("", err.Error(), "remove what is not an entry")}
	}
	return f.readAll(root, names)
}

func (f Folder) readAll(root *os.Root, names []string) (files []content.File, problems []sdk.Problem) {
	total := 0
	for _, name := range names {
		data, err := read(root, name)
		if err != nil {
			problems = append(problems, f.problem(name, "cannot be read: "+err.Error(), ""))
			continue
		}
		if total += len(data); total > mostBytes {
			return files, append(problems, f.problem("", fmt.Sprintf("holds more than %d bytes", mostBytes), "remove what is not used"))
		}
		files = append(files, content.File{Name: name, Path: filepath.Join(string(f), name), Data: data})
	}
	return files, problems
}

// list gives the names of the files that count, sorted. Names with a leading dot are temporary ones or belong to git.
func list(root *os.Root) ([]string, error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(mostNames + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(entries) > mostNames {
		return nil, fmt.Errorf("holds more than %d names", mostNames)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".toml") && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	if len(names) > mostFiles {
		return nil, fmt.Errorf("holds more than %d files", mostFiles)
	}
	slices.Sort(names)
	return names, nil
}

// read opens a file below root, where a link that leads out is an error. A named pipe must not make the plugin wait for ever.
func read(root *os.Root, name string) ([]byte, error) {
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return tomlpos.ReadOpen(file)
}

func (f Folder) problem(name, message, fix string) sdk.Problem {
	return sdk.Problem{File: filepath.Join(string(f), name), Message: message, Fix: fix}
}

// mode gives the permissions of a regular file; ok is false when there is none of that name.
func mode(root *os.Root, name string) (perm fs.FileMode, ok bool, err error) {
	info, err := root.Lstat(name)
	if os.IsNotExist(err) {
		return 0o600, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	if !info.Mode().IsRegular() {
		return 0, false, fmt.Errorf("%s is not a regular file, and a link would be replaced instead of followed", name)
	}
	return info.Mode().Perm(), true, nil
}
