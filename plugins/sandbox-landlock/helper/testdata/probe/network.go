//go:build linux

package main

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Every address is 127.0.0.1; the argument is the port.
var networkVerbs = map[string]verb{
	"tcp":        func(a []string) error { return connect(unix.SOCK_STREAM, 0, a[0]) },
	"mptcp":      func(a []string) error { return connect(unix.SOCK_STREAM, unix.IPPROTO_MPTCP, a[0]) },
	"fast-open":  fastOpen,
	"udp":        udp,
	"listen":     func([]string) error { return listen(true) },
	"autolisten": func([]string) error { return listen(false) },
	"netlink": func([]string) error {
		_, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
		return err
	},
	"netlink-audit": func([]string) error {
		_, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_KOBJECT_UEVENT)
		return err
	},
	"vsock": func([]string) error { return family(unix.AF_VSOCK, unix.SOCK_STREAM) },
	"packet": func([]string) error {
		err := family(unix.AF_PACKET, unix.SOCK_RAW)
		if err == unix.EPERM {
			return err
		}
		return err
	},
	"raw": func([]string) error {
		_, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
		return err
	},
	"ping": func([]string) error {
		_, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)
		return err
	},
	"alg": func([]string) error { return family(unix.AF_ALG, unix.SOCK_SEQPACKET) },
}

func local(port string) *unix.SockaddrInet4 {
	p, _ := strconv.Atoi(port)
	return &unix.SockaddrInet4{Port: p, Addr: [4]byte{127, 0, 0, 1}}
}

func connect(kind, protocol int, port string) error {
	fd, err := unix.Socket(unix.AF_INET, kind, protocol)
	if err == unix.EPROTONOSUPPORT || err == unix.ENOPROTOOPT {
		return skip("the protocol", err)
	}
	if err != nil {
		return err
	}
	return unix.Connect(fd, local(port))
}

func fastOpen(a []string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	return unix.Sendto(fd, []byte("x"), unix.MSG_FASTOPEN, local(a[0]))
}

// udp wants the datagram back, so that the control shows a way out and not only a call that returns.
func udp(a []string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	if err := unix.Sendto(fd, []byte("x"), 0, local(a[0])); err != nil {
		return err
	}
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if n, err := unix.Poll(p, int((5 * time.Second).Milliseconds())); n != 1 || err != nil {
		return fmt.Errorf("no echo: %v", err)
	}
	return nil
}

func listen(bind bool) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if bind {
		if err := unix.Bind(fd, local("0")); err != nil {
			return err
		}
	}
	return unix.Listen(fd, 1)
}

func family(domain, kind int) error {
	_, err := unix.Socket(domain, kind, 0)
	if err == unix.EAFNOSUPPORT {
		return skip("the kernel has no such family", err)
	}
	return err
}
