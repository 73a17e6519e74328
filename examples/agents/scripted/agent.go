package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// maxStep bounds one line of the script.
const maxStep = 4 << 20

// agent plays one script.
type agent struct {
	connections map[string]*connection

	mu     sync.Mutex // background calls report from their own goroutines
	out    *json.Encoder
	broken error             // what kept a report from being written
	texts  map[string]string // what each step brought
}

func newAgent(out io.Writer) *agent {
	return &agent{connections: map[string]*connection{}, out: json.NewEncoder(out), texts: map[string]string{}}
}

// play does the steps in order until there are no more or ctx ends, waits for calls in the background and closes every connection.
func (a *agent) play(ctx context.Context, script io.Reader) error {
	defer a.closeAll()
	var background sync.WaitGroup
	defer background.Wait()
	lines, broken := read(script)
	for {
		select {
		case line, more := <-lines:
			if !more {
				return errors.Join(<-broken, a.told())
			}
			if err := a.playLine(ctx, line, &background); err != nil {
				return err
			}
		case <-ctx.Done():
			return errors.New("interrupted")
		}
	}
}

// read gives the lines of the script as they come. Nothing can interrupt the reading itself, which ends with the process.
func read(script io.Reader) (<-chan []byte, <-chan error) {
	lines, broken := make(chan []byte), make(chan error, 1)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(script)
		s.Buffer(make([]byte, 64<<10), maxStep)
		for s.Scan() {
			lines <- bytes.Clone(s.Bytes())
		}
		broken <- s.Err()
	}()
	return lines, broken
}

func (a *agent) playLine(ctx context.Context, line []byte, background *sync.WaitGroup) error {
	var s step
	if err := json.Unmarshal(line, &s); err != nil {
		return fmt.Errorf("a line of the script is no step: %w", err)
	}
	if s.Do != "call" || !s.Background {
		a.tell(a.do(ctx, s))
		return nil
	}
	s.Arguments = a.filledIn(s.Arguments)
	on := a.connections[s.To]
	background.Go(func() { a.tell(a.call(ctx, on, s)) })
	return nil
}

// told is what kept a report from being written.
func (a *agent) told() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.broken
}

func (a *agent) do(ctx context.Context, s step) report {
	switch s.Do {
	case "connect":
		return a.connect(ctx, s)
	case "call":
		s.Arguments = a.filledIn(s.Arguments)
		return a.call(ctx, a.connections[s.To], s)
	case "disconnect":
		a.disconnect(s.To)
		return report{ID: s.ID}
	}
	return report{ID: s.ID, Failure: "a step is one of connect, call and disconnect"}
}

// tell writes a report and remembers what it brought.
func (a *agent) tell(r report) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.texts[r.ID] = r.Text
	if err := a.out.Encode(r); err != nil {
		a.broken = fmt.Errorf("write a report: %w", err)
	}
}
