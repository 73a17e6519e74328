package upstream

import (
	"context"
	"slices"
	"sync"
)

// turns let the calls of one agent at a time through to a server whose words do not say to which call they belong: with one agent in flight
// they are that agent's. First come, first served; nobody overtakes an agent that waits, except one whose turn it is and who is being asked
// something: its answer may need another call.
type turns struct {
	most int // may wait

	mu    sync.Mutex
	agent string // whose turn it is
	open  int    // its calls
	queue []*waiter
}

type waiter struct {
	agent string
	come  chan struct{} // closed when its turn has come
}

// enter waits for the agent's turn. Without an error the caller must leave.
func (t *turns) enter(ctx context.Context, ended <-chan struct{}, agent string, asked bool) error {
	w, err := t.join(agent, asked)
	if w == nil {
		return err
	}
	select {
	case <-w.come:
		return nil
	case <-ended:
		err = errLifeEnded
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	t.quit(w)
	return err
}

// join takes a turn at once and returns nil, or waits in the queue.
func (t *turns) join(agent string, asked bool) (*waiter, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.open == 0 || t.agent == agent
	if mine && (len(t.queue) == 0 || asked) {
		t.agent = agent
		t.open++
		return nil, nil
	}
	if len(t.queue) >= t.most {
		return nil, errTooManyCalls
	}
	w := &waiter{agent: agent, come: make(chan struct{})}
	t.queue = append(t.queue, w)
	return w, nil
}

// quit leaves the queue, or the turn that came in the same moment.
func (t *turns) quit(w *waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-w.come:
		t.open--
	default:
		t.queue = slices.DeleteFunc(t.queue, func(other *waiter) bool { return other == w })
	}
	t.admit()
}

func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open--
	t.admit()
}

// admit lets in whom nobody holds up: the first of the queue, and with it all that its agent has there.
func (t *turns) admit() {
	if len(t.queue) == 0 || t.open > 0 && t.queue[0].agent != t.agent {
		return
	}
	t.agent = t.queue[0].agent
	t.queue = slices.DeleteFunc(t.queue, func(w *waiter) bool {
		if w.agent != t.agent {
			return false
		}
		t.open++
		close(w.come)
		return true
	})
}
