package source

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
	"argus/plugin/sdk"
)

// Limits of a folder. A set of ten thousand policies takes about two MiB.
const (
	maxFiles     = 1024
	maxFileBytes = 4 << 20
	maxBytes     = 16 << 20
)

// Extension ends the name of every file of policies.
const Extension = ".cedar"

// Read returns the files of policies directly inside the folder at path, sorted by name. Any problem means that the folder as
// a whole must not be used; then no file is returned. Files whose name starts with a dot are none: editors leave those behind.
func Read(path string) ([]File, []sdk.Problem) {
	if err := owned.Folder(path); err != nil {
		return nil, []sdk.Problem{folderProblem(path, err)}
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, []sdk.Problem{folderProblem(path, err)}
	}
	defer root.Close()
	names, problems := list(root, path)
	files, total := make([]File, 0, len(names)), 0
	for _, name := range names {
		content, err := readFile(root, name)
		if err != nil {
			problems = append(problems, fileProblem(filepath.Join(path, name), err))
			continue
		}
		if total += len(content); total > maxBytes {
			problems = append(problems, sdk.Problem{
				File: path, Message: fmt.Sprintf("the policies are larger than %d MiB together", maxBytes>>20),
				Fix: "remove policies that are no longer needed",
			})
			break
		}
		files = append(files, File{Name: name, Content: content})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return files, nil
}

// list names the files that claim to hold policies.
func list(root *os.Root, path string) ([]string, []sdk.Problem) {
	folder, err := root.Open(".")
	if err != nil {
		return nil, []sdk.Problem{folderProblem(path, err)}
	}
	defer folder.Close()
	entries, err := folder.ReadDir(-1)
	if err != nil {
		return nil, []sdk.Problem{folderProblem(path, err)}
	}
	var names []string
	var problems []sdk.Problem
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case strings.HasPrefix(name, "."):
		case strings.HasSuffix(name, Extension):
			names = append(names, name)
		case strings.EqualFold(filepath.Ext(name), Extension):
			// Passing it over would silently drop whatever it forbids.
			problems = append(problems, sdk.Problem{
				File: filepath.Join(path, name), Message: "the name does not end in " + Extension + " in lower case, so it would be passed over",
				Fix: "rename it to end in " + Extension,
			})
		}
	}
	if len(names) > maxFiles {
		return nil, append(problems, sdk.Problem{
			File: path, Message: fmt.Sprintf("there are %d files of policies, more than %d", len(names), maxFiles),
			Fix: "put several policies into one file",
		})
	}
	slices.Sort(names)
	return names, problems
}

var errLarge = fmt.Errorf("it is larger than %d MiB", maxFileBytes>>20)

func readFile(root *os.Root, name string) ([]byte, error) {
	// Without O_NONBLOCK a named pipe would hold up the plugin until somebody writes to it.
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := owned.File(f); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxFileBytes {
		return nil, errLarge
	}
	return content, nil
}

func folderProblem(path string, err error) sdk.Problem {
	if p, is := changeable(path, err); is {
		return p
	}
	fix := "make it a folder that the plugin may read"
	if errors.Is(err, fs.ErrNotExist) {
		fix = "create the folder, or correct \"policies\" in the plugin's settings"
	}
	return sdk.Problem{File: path, Message: "the folder of policies cannot be read: " + cause(err), Fix: fix}
}

func fileProblem(path string, err error) sdk.Problem {
	if p, is := changeable(path, err); is {
		return p
	}
	fix := "make it a file that the plugin may read, or remove it"
	if errors.Is(err, errLarge) {
		fix = "split it into several files"
	}
	return sdk.Problem{File: path, Message: "the file cannot be read: " + cause(err), Fix: fix}
}

// changeable is the problem of what others could write a policy into.
func changeable(path string, err error) (p sdk.Problem, is bool) {
	other, is := errors.AsType[*owned.Error](err)
	if is {
		p = sdk.Problem{File: path, Message: "it " + other.Why, Fix: other.Fix}
	}
	return p, is
}

// cause drops the operation and the path, which the problem names already.
func cause(err error) string {
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		return inner.Err.Error()
	}
	return err.Error()
}
