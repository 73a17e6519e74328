//go:build linux

package supervise

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// handoverPair is how the confined stage gives its listener to the supervisor and learns that it is served.
func handoverPair() (ours, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make the handover: %w", err)
	}
	return os.NewFile(uintptr(pair[0]), "handover"), os.NewFile(uintptr(pair[1]), "handover"), nil
}

// Handover is the stage's end of it.
type Handover struct{ Descriptor int }

// Take gives the listener to the supervisor. After it comes back without error, the supervisor answers the listener's questions.
func (h Handover) Take(listener int) error {
	if err := unix.Sendmsg(h.Descriptor, []byte{'l'}, unix.UnixRights(listener), nil, 0); err != nil {
		return fmt.Errorf("send the listener: %w", err)
	}
	var answer [1]byte
	n, err := unix.Read(h.Descriptor, answer[:])
	if err != nil || n != 1 {
		return errors.New("the supervisor did not take the listener")
	}
	return nil
}

// receive is the supervisor's end: the listener, once the stage sends it.
func receive(handover *os.File) (int, error) {
	var data [1]byte
	rights := make([]byte, unix.CmsgSpace(4))
	fd := int(handover.Fd())
	_, n, _, _, err := unix.Recvmsg(fd, data[:], rights, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("receive the listener: %w", err)
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) != 1 {
		return -1, errors.New("the stage sent no listener")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1, errors.New("the stage sent no listener")
	}
	return fds[0], nil
}
