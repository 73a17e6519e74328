package llm

import (
	"context"
	"crypto/sha256"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
	"argus/kernel"
)

// How much is kept. What is forgotten is judged again as if it were new, which is safe.
const (
	maxAgents  = 256
	maxSeen    = 8192 // items of one agent
	maxFlights = 1024
	maxLabels  = 1024
	maxAnswers = 8192
	maxHidden  = 256
	maxID      = 256     // bytes of an id
	maxKept    = 4 << 20 // bytes of what is hidden from one agent's client
)

// memory is what the door knows of each agent. It is not kept over a restart.
type memory struct {
	mu     sync.Mutex
	agents *simplelru.LRU[kernel.AgentID, *past]
}

func newMemory() *memory { return &memory{agents: lru[kernel.AgentID, *past](maxAgents)} }

func (m *memory) of(agent kernel.AgentID) *past {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, known := m.agents.Get(agent)
	if !known {
		p = newPast()
		m.agents.Add(agent, p)
	}
	return p
}

// past is what one agent's client said and was told. Its methods are safe for use by many goroutines.
type past struct {
	turn chan struct{} // requests are taken in one after the other: what one has raised is judged with the next

	mu      sync.Mutex
	seen    *simplelru.LRU[digest, struct{}]
	flights *simplelru.LRU[string, flight]          // open calls, by the id that the model gave them
	labels  *simplelru.LRU[string, kernel.Exposure] // of calls that were allowed, by the same id
	hosted  *simplelru.LRU[string, kernel.Exposure] // of tools of the vendor that were allowed, by name
	answers *simplelru.LRU[string, string]          // ids by which the client knows answers and their items, to those by which the vendor keeps them
	hidden  []hidden
	kept    int // bytes of hidden
}

// hidden is a call that the client was not shown, in the grammar of one path.
type hidden struct {
	wire.Hidden
	path string
}

// flight is a call that a client runs.
type flight struct {
	id    kernel.InvocationID
	label kernel.Exposure
	until time.Time // settled as unknown from then on
}

func newPast() *past {
	return &past{
		turn: make(chan struct{}, 1),
		seen: lru[digest, struct{}](maxSeen), flights: lru[string, flight](maxFlights), labels: lru[string, kernel.Exposure](maxLabels),
		hosted: lru[string, kernel.Exposure](maxLabels), answers: lru[string, string](maxAnswers),
	}
}

// take waits for the turn of a request. The caller must leave if it came.
func (p *past) take(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *past) leave() { <-p.turn }

func lru[K comparable, V any](size int) *simplelru.LRU[K, V] {
	l, err := simplelru.NewLRU[K, V](size, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return l
}

// digest recognises an item that is sent again: the same value, as the same thing. Not every client spells a value the same way twice.
type digest [16]byte

func digestOf(it wire.Item) digest {
	h := sha256.New()
	h.Write([]byte{byte(it.Origin)})
	for _, part := range []string{it.Call, it.Tool, it.ID, ijson.Digest(it.Raw)} {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	return digest(h.Sum(nil)[:len(digest{})])
}

func (p *past) has(d digest) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, seen := p.seen.Get(d)
	return seen
}

func (p *past) see(d digest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen.Add(d, struct{}{})
}

// open notes a call that was allowed. It reports false when one of that id is open.
func (p *past) open(call string, one flight) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old, open := p.flights.Peek(call); open && time.Now().Before(old.until) {
		return false
	}
	call = strings.Clone(call) // or it would keep the whole answer
	p.flights.Add(call, one)
	p.labels.Add(call, one.label)
	return true
}

// land takes an open call, for whoever settles it.
func (p *past) land(call string) (flight, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, open := p.flights.Peek(call)
	p.flights.Remove(call)
	return one, open && time.Now().Before(one.until)
}

// pending joins the labels of all open calls: what the client may hold already.
func (p *past) pending() (x kernel.Exposure, any bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x = kernel.Clean()
	for _, one := range p.flights.Values() {
		if time.Now().Before(one.until) {
			x, any = x.Join(one.label), true
		}
	}
	return x, any
}

// labelOf is the label of a call that was allowed before.
func (p *past) labelOf(call string) (kernel.Exposure, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.labels.Get(call)
}

func (p *past) allow(hosted string, label kernel.Exposure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hosted.Add(strings.Clone(hosted), label)
}

func (p *past) allowed(hosted string) (kernel.Exposure, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hosted.Get(hosted)
}

// answered notes an answer that the client got.
func (p *past) answered(seen, last string) {
	if seen == "" || max(len(seen), len(last)) > maxID {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers.Add(strings.Clone(seen), strings.Clone(last))
}

// keptAs is the id by which the vendor keeps an answer that the client got.
func (p *past) keptAs(seen string) (last string, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers.Get(seen)
}

// hide notes calls that the client was not shown. The oldest give way.
func (p *past) hide(path string, calls []wire.Hidden) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range calls {
		h = copyOf(h)
		p.hidden, p.kept = append(p.hidden, hidden{h, path}), p.kept+weight(h)
	}
	for len(p.hidden) > maxHidden || p.kept > maxKept && len(p.hidden) > 0 {
		p.kept -= weight(p.hidden[0].Hidden)
		p.hidden = p.hidden[1:]
	}
}

// copyOf keeps nothing but itself: what it is of may be a part of a whole answer.
func copyOf(h wire.Hidden) wire.Hidden {
	for _, s := range []*string{
		&h.Call.ID, &h.Call.Tool, &h.Call.Arguments, &h.Call.Raw, &h.Result, &h.Said, &h.Beside, &h.Answer,
	} {
		*s = strings.Clone(*s)
	}
	return h
}

func weight(h wire.Hidden) int {
	return len(h.Call.Raw) + len(h.Call.Arguments) + len(h.Result) + len(h.Said)
}

// unseen are the calls that the client was not shown in answers of that path. In another grammar they would be none.
func (p *past) unseen(path string) []wire.Hidden {
	p.mu.Lock()
	defer p.mu.Unlock()
	var calls []wire.Hidden
	for _, h := range p.hidden {
		if h.path == path {
			calls = append(calls, h.Hidden)
		}
	}
	return calls
}
