package upstream

import (
	"errors"
	"slices"
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
	open    int // waiting and not given up
	waiting map[int64]pending
	givenUp [remembered]int64 // ring of those
	next    int
	flights []*flight // of the waiting ones, the newest last
}

type pending struct {
	answer chan<- Reply // nil for a call that was given up
	flight *flight      // nil when nothing in its middle concerns it
}

func newCalls(most int) *calls {
	return &calls{most: most, waiting: make(map[int64]pending)}
}

// begin makes an id. The caller must end it by give or giveUp.
func (c *calls) begin(f *flight) (id int64, answer <-chan Reply, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.most {
		return 0, nil, errTooManyCalls
	}
	c.open++
	c.last++
	ch := make(chan Reply, 1)
	c.waiting[c.last] = pending{ch, f}
	if f != nil {
		c.flights = append(c.flights, f)
	}
	return c.last, ch, nil
}

// give hands an answer to the call that waits for it, and reports whether this id was waited for or given up. Nothing comes to the call's
// listener any more.
func (c *calls) give(id int64, r Reply) bool {
	c.mu.Lock()
	p, known := c.waiting[id]
	delete(c.waiting, id)
	if p.answer != nil {
		c.open--
	}
	c.land(p.flight)
	c.mu.Unlock()
	if p.answer != nil {
		p.flight.end()
		p.answer <- r
	}
	return known
}

// giveUp stops waiting. It reports false when the answer was given first.
func (c *calls) giveUp(id int64) bool {
	c.mu.Lock()
	p, ok := c.waiting[id]
	if !ok {
		c.mu.Unlock()
		return false
	}
	c.open--
	delete(c.waiting, c.givenUp[c.next]) // 0 is no id
	c.givenUp[c.next] = id
	c.next = (c.next + 1) % remembered
	c.waiting[id] = pending{}
	c.land(p.flight)
	c.mu.Unlock()
	p.flight.end()
	return true
}

func (c *calls) land(f *flight) {
	if f != nil {
		c.flights = slices.DeleteFunc(c.flights, func(other *flight) bool { return other == f })
	}
}

// flight is the one of a call that waits, or nil.
func (c *calls) flight(id int64) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting[id].flight
}

// awaits reports whether the call still waits for its answer.
func (c *calls) awaits(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting[id].answer != nil
}

// newest is the newest flight that suits, or nil; any reports whether there is one at all.
func (c *calls) newest(suits func(*flight) bool) (f *flight, any bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range slices.Backward(c.flights) {
		if suits(f) {
			return f, true
		}
	}
	return nil, len(c.flights) > 0
}

// waits reports whether any call waits for its answer.
func (c *calls) waits() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open > 0
}
