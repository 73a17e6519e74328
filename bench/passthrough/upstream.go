package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
)

// upstream is the one long-lived server. Whoever finds nobody writing writes all that waits, so that many messages leave at once and a
// lone one leaves without waking anybody.
type upstream struct {
	in io.Writer

	mu      sync.Mutex
	queue   []byte
	spare   []byte
	writing bool
	next    uint64
	waiting map[uint64]chan []byte
}

func start(command []string) (*upstream, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	up := &upstream{in: in, waiting: map[uint64]chan []byte{}}
	go up.read(out)
	return up, nil
}

// ask sends a request with an id of its own in place of message[from:to], and waits for the answer.
func (u *upstream) ask(message []byte, from, to int) []byte {
	answer := make(chan []byte, 1)
	u.mu.Lock()
	u.next++
	u.waiting[u.next] = answer
	u.queue = append(u.queue, message[:from]...)
	u.queue = strconv.AppendUint(u.queue, u.next, 10)
	u.queue = append(append(u.queue, message[to:]...), '\n')
	u.flush()
	return <-answer
}

// tell sends a message that has no answer.
func (u *upstream) tell(message []byte) {
	u.mu.Lock()
	u.queue = append(append(u.queue, message...), '\n')
	u.flush()
}

// flush writes what waits, unless somebody does already, and gives the lock back.
func (u *upstream) flush() {
	defer u.mu.Unlock()
	if u.writing {
		return
	}
	u.writing = true
	for len(u.queue) > 0 {
		batch := u.queue
		u.queue = u.spare[:0]
		u.mu.Unlock()
		if _, err := u.in.Write(batch); err != nil {
			fail(err)
		}
		u.mu.Lock()
		u.spare = batch
	}
	u.writing = false
}

// read hands each answer to who waits for it.
func (u *upstream) read(out io.Reader) {
	lines := bufio.NewReaderSize(out, 256<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			fail(err)
		}
		line = bytes.TrimSuffix(line, []byte{'\n'})
		from, to, _ := idOf(line)
		id, err := strconv.ParseUint(string(line[from:to]), 10, 64)
		if err != nil {
			continue // a notification of the server's: there is no stream to carry it
		}
		u.mu.Lock()
		answer := u.waiting[id]
		delete(u.waiting, id)
		u.mu.Unlock()
		if answer != nil {
			answer <- line
		}
	}
}

// fail ends the gateway with its server.
func fail(err error) {
	if !errors.Is(err, io.EOF) {
		os.Stderr.WriteString("passthrough: " + err.Error() + "\n")
	}
	os.Exit(1)
}
