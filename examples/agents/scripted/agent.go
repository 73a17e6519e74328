package main

import (
	"bufio"
	"context"
	"encoding/json"
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

// play does the steps in order until there are no more, waits for calls in the background and closes every connection.
func (a *agent) play(ctx context.Context, script io.Reader) error {
	defer a.closeAll()
	var background sync.WaitGroup
	defer background.Wait()
	defer context.AfterFunc(ctx, func() { closeIfPossible(script) })()
	lines := bufio.NewScanner(script)
	lines.Buffer(make([]byte, 64<<10), maxStep)
	for lines.Scan() && ctx.Err() == nil {
		var s step
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return fmt.Errorf("a line of the script is no step: %w", err)
		}
		if s.Do != "call" || !s.Background {
			a.tell(a.do(ctx, s))
			continue
		}
		s.Arguments = a.filledIn(s.Arguments)
		on := a.connections[s.To]
		background.Go(func() { a.tell(a.call(ctx, on, s)) })
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := lines.Err(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("read the script: %w", err)
	}
	return a.broken
}

// closeIfPossible lets a blocked read of the script end.
func closeIfPossible(script io.Reader) {
	if c, ok := script.(io.Closer); ok {
		_ = c.Close() // reading has ended either way
	}
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
