package socket

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// Listener gives out connections of the folder's owner and of root, and closes others.
type Listener struct {
	*net.UnixListener
	owner int
}

// Listen opens a socket in a folder, which it makes when it is absent, and replaces one that a dead daemon left: the caller must be sure
// that there is no living one.
func Listen(folder, name string) (*Listener, error) {
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("make the folder of the socket %s: %w", name, err)
	}
	owner, err := private(folder)
	if err != nil {
		return nil, fmt.Errorf("open the socket %s: %w", name, err)
	}
	path := filepath.Join(folder, name)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("replace the socket %s: %w", name, err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("open the socket %s: %w (a state folder with a shorter path may help)", name, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("close the socket %s to others: %w", name, err), l.Close())
	}
	return &Listener{l, owner}, nil
}

// Accept waits for the next connection of somebody who may have one.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if uid, err := peer(c); err == nil && expected(uid, l.owner) {
			return &conn{c, uid}, nil
		}
		_ = c.Close()
	}
}

// conn is a connection to a process of a user.
type conn struct {
	*net.UnixConn
	user int
}

// User is whose process is at the other end of a connection that a Listener gave out, also where that is wrapped in others that tell what is
// below them, as a tls.Conn does. It is known of no other connection.
func User(c net.Conn) (user int, known bool) {
	for {
		switch one := c.(type) {
		case *conn:
			return one.user, true
		case interface{ NetConn() net.Conn }:
			c = one.NetConn()
		default:
			return 0, false
		}
	}
}
