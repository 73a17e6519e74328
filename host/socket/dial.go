package socket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"syscall"
	"time"
)

const patience = 2 * time.Second

// Dial connects to a socket in a folder. Nothing was sent when it answers with an error.
func Dial(ctx context.Context, folder, name string) (net.Conn, error) {
	owner, err := private(folder)
	if err != nil {
		return nil, err
	}
	return dial(ctx, filepath.Join(folder, name), owner)
}

// dial connects to a process of the owner.
func dial(ctx context.Context, path string, owner int) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	uid, err := peer(c.(*net.UnixConn))
	if err == nil && !expected(uid, owner) {
		err = fmt.Errorf("a process of user %d listens at %s, which is user %d's: nothing was sent to it", uid, path, owner)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Nobody reports whether a Dial found that no daemon is there, which is no fault of anything.
func Nobody(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}
