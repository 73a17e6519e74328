package llm

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"argus/host/fault"
)

const maxKey = 4 << 10

// Key is a vendor's key in a private file of ours, read again when the file has changed. No error holds any of it.
type Key struct {
	path string

	mu   sync.Mutex
	read time.Time // as the file was changed last
	size int64
	node uint64
	text string
}

// KeyFile is the key in a file. It need not exist yet.
func KeyFile(path string) *Key { return &Key{path: path} }

// Read is the key as it is now.
func (k *Key) Read() (string, error) {
	text, err := k.now()
	if err != nil {
		return "", fault.New(fault.Unavailable, "read the key of the model's vendor", err)
	}
	return text, nil
}

func (k *Key) now() (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	// Without O_NONBLOCK a pipe in the file's place would hold us until somebody writes to it.
	file, err := os.OpenFile(k.path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok || !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no regular file", k.path)
	case int(stat.Uid) != os.Geteuid() && stat.Uid != 0:
		return "", fmt.Errorf("%s belongs to user %d", k.path, stat.Uid)
	case info.Mode().Perm()&0o077 != 0:
		return "", fmt.Errorf("%s is open to others: run chmod 600 on it", k.path)
	}
	if k.text != "" && info.ModTime().Equal(k.read) && info.Size() == k.size && stat.Ino == k.node {
		return k.text, nil
	}
	content, err := io.ReadAll(io.LimitReader(file, maxKey+1))
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(content))
	if len(content) > maxKey || text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s holds no key: one line of printable characters", k.path)
	}
	k.text, k.read, k.size, k.node = text, info.ModTime(), info.Size(), stat.Ino
	return text, nil
}
