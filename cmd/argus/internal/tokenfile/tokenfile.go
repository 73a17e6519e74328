// Package tokenfile keeps the token of an agent in a file that only its owner can read.
//
// It decides whether a file is private enough to be believed: a regular file of mode 0600 at most, no symbolic link, of this user, in a
// folder where nobody else could have put it. A token is in no error, and in no argument of a program.
package tokenfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"argus/host/front/mcp"
	"argus/host/identity"
)

const (
	suffix  = ".token"
	maxFile = 256
)

// Path is where the token of an agent is unless a person says otherwise. The name must be one that an agent can have.
func Path(state, agent string) (string, error) {
	if err := (identity.Principal{Name: agent, Mode: identity.Sticky}).Check(); err != nil {
		return "", err
	}
	return filepath.Join(state, mcp.SocketFolder, agent+suffix), nil
}

// Agents lists those whose tokens are in their usual place.
func Agents(state string) []string {
	files, _ := filepath.Glob(filepath.Join(state, mcp.SocketFolder, "*"+suffix)) // the pattern is a good one
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), suffix)
	}
	return files
}

// Create makes a new file, for Keep to write the token into. Its folder may be missing as long as no daemon has run.
func Create(path string) (*os.File, error) {
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the token's folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the token file: %w", err)
	}
	return f, nil
}

// Keep writes the token and closes its file, or removes the file when there is none because of an error.
func Keep(f *os.File, token string, err error) error {
	if err != nil {
		return errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	_, err = io.WriteString(f, token+"\n")
	return errors.Join(err, f.Close())
}

// Read takes the token from its file.
func Read(path string) (identity.Token, error) { return readAs(os.Geteuid(), path) }

// readAs reads for a process of that user.
func readAs(us int, path string) (identity.Token, error) {
	if err := checkFolder(us, filepath.Dir(path)); err != nil {
		return "", err
	}
	// Without O_NONBLOCK a pipe in the file's place would hold us until somebody writes to it.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return "", fmt.Errorf("the token file %s is a symbolic link: name the file itself", path)
	}
	if err != nil {
		return "", fmt.Errorf("the token file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("the token file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("the token file %s is no regular file", path)
	}
	if err := check(us, path, info, 0o077); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return "", fmt.Errorf("the token file: %w", err)
	}
	token, ok := identity.BearerToken("Bearer " + strings.TrimSpace(string(text)))
	if !ok {
		return "", fmt.Errorf("the file %s holds no token", path)
	}
	return token, nil
}

// checkFolder refuses a folder in which another user could have put the file.
func checkFolder(us int, folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("the token's folder: %w", err)
	}
	return check(us, folder, info, 0o022)
}

// check refuses what belongs to another user than us and root, or what others may do something with that is closed to them. Root may use
// anybody's.
func check(us int, path string, info fs.FileInfo, closed fs.FileMode) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("this system does not tell who owns a file")
	}
	switch owner := int(stat.Uid); {
	case owner != us && owner != 0 && us != 0:
		return fmt.Errorf("%s belongs to user %d, and this process is of user %d", path, owner, us)
	case info.Mode().Perm()&closed == 0:
		return nil
	case info.IsDir():
		return fmt.Errorf("the folder %s can be written by others: run chmod go-w on it", path)
	}
	return fmt.Errorf("the token file %s is open to others: run chmod 600 on it", path)
}
