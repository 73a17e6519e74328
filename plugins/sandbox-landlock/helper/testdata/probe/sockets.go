//go:build linux

package main

import (
	"golang.org/x/sys/unix"
)

var socketVerbs = map[string]verb{
	// Address of a listening stream socket: a path, or @NAME.
	"unix": func(a []string) error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		return unix.Connect(fd, &unix.SockaddrUnix{Name: a[0]})
	},
	// Address of a datagram socket: one end of a pair is aimed at it.
	"aimed-pair": func(a []string) error {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		return unix.Sendto(pair[0], []byte("x"), 0, &unix.SockaddrUnix{Name: a[0]})
	},
	"stream-pair": func([]string) error {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		_, err = unix.Write(pair[0], []byte("x"))
		return err
	},
}
