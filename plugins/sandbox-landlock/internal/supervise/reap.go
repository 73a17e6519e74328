//go:build linux

package supervise

import (
	"errors"

	"golang.org/x/sys/unix"
)

// family follows the children of this process. Every descendant is one of them, or has an ancestor that is: orphans come to us.
type family struct {
	mainEnded chan struct{} // closed when the main child ended
	ended     chan struct{} // closed when there is no child left, and so no descendant
	status    int           // of the main child, to be read after ended
}

const killedStatus = 128 + int(unix.SIGKILL)

// reap collects every child until none is left. The main child must be started; it must be the only caller of wait.
func reap(main int) *family {
	f := &family{mainEnded: make(chan struct{}), ended: make(chan struct{}), status: killedStatus}
	go f.follow(main)
	return f
}

func (f *family) follow(main int) {
	defer close(f.ended)
	for {
		var ws unix.WaitStatus
		// WALL: a child made by clone with another exit signal would else be overlooked.
		pid, err := unix.Wait4(-1, &ws, unix.WALL, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return
		}
		if pid == main && (ws.Exited() || ws.Signaled()) {
			f.status = exitStatus(ws)
			close(f.mainEnded)
		}
	}
}

// exitStatus is what a shell would give: a death by signal n is 128 + n.
func exitStatus(ws unix.WaitStatus) int {
	if ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return ws.ExitStatus()
}
