package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// sampling asks the client for everything a server may ask for, and answers the
// call with what it was told.
func sampling(r *rogue, m message) {
	var told strings.Builder
	for i, method := range []string{"ping", "sampling/createMessage", "elicitation/create", "roots/list", "x/unknown"} {
		r.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":"ask-%d","method":%q,"params":{}}`, i, method))
		for {
			reply := r.read()
			if string(reply.ID) != fmt.Sprintf(`"ask-%d"`, i) {
				continue
			}
			fmt.Fprintf(&told, "%s result=%s error=%s\n", method, reply.Result, reply.Error)
			break
		}
	}
	r.text(m.ID, told.String())
}

// nosy tells all it can see of its own process.
func nosy(r *rogue, m message) {
	folder, err := os.Getwd()
	if err != nil {
		folder = err.Error()
	}
	open := []string{}
	for fd := range 256 {
		var stat syscall.Stat_t
		if syscall.Fstat(fd, &stat) == nil && closesOnExec(fd) == 0 {
			open = append(open, fmt.Sprint(fd))
		}
	}
	seen, err := json.Marshal(map[string]any{
		"environment": os.Environ(), "arguments": os.Args, "folder": folder, "descriptors": open,
	})
	if err != nil {
		panic(err) // only strings
	}
	r.text(m.ID, string(seen))
}

// closesOnExec tells descriptors that this program opened from inherited ones.
func closesOnExec(fd int) uintptr {
	flags, _, _ := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
	return flags & syscall.FD_CLOEXEC
}

// spawns leaves a child behind in a session of its own and tells its pid.
func spawns(r *rogue, m message) {
	child := exec.Command("/bin/sleep", "300")
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		r.text(m.ID, err.Error())
		return
	}
	r.text(m.ID, fmt.Sprint(child.Process.Pid))
}
