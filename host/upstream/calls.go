package upstream

import (
	"errors"
	"sync"
)

// remembered is how many given-up calls may still be answered late without counting as strays.
const remembered = 256

var errTooManyCalls = errors.New("too many calls of this server are in flight")

// calls are the requests of one life that wait for an answer. Ids are our own and never used twice in a life.
type calls struct {
	most int

	mu      sync.Mutex
	last    int64
	open    int                    // waiting and not given up
	waiting map[int64]chan<- Reply // nil for a call that was given up
	givenUp [remembered]int64      // ring of those
	next    int
}

func newCalls(most int) *calls {
	return &calls{most: most, waiting: make(map[int64]chan<- Reply)}
}

// begin makes an id. The caller must end it by give or giveUp.
func (c *calls) begin() (id int64, answer <-chan Reply, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.most {
		return 0, nil, errTooManyCalls
	}
	c.open++
	c.last++
	ch := make(chan Reply, 1)
	c.waiting[c.last] = ch
	return c.last, ch, nil
}

// give hands an answer to the call that waits for it, and reports whether this id was waited for or given up.
func (c *calls) give(id int64, r Reply) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, known := c.waiting[id]
	delete(c.waiting, id)
	if answer != nil {
		c.open--
		answer <- r
	}
	return known
}

// giveUp stops waiting. It reports false when the answer was given first.
func (c *calls) giveUp(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.waiting[id]; !ok {
		return false
	}
	c.open--
	delete(c.waiting, c.givenUp[c.next]) // 0 is no id
	c.givenUp[c.next] = id
	c.next = (c.next + 1) % remembered
	c.waiting[id] = nil
	return true
}
