package llm

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"argus/host/front/llm/wire"
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
	turn sync.Mutex // requests are taken in one after the other: what one has raised is judged with the next

	mu      sync.Mutex
	begun   bool
	seen    *simplelru.LRU[digest, struct{}]
	flights *simplelru.LRU[string, flight]          // open calls, by the id that the model gave them
	labels  *simplelru.LRU[string, kernel.Exposure] // of calls that were allowed, by the same id
	hosted  *simplelru.LRU[string, kernel.Exposure] // of tools of the vendor that were allowed, by name
	answers *simplelru.LRU[string, string]          // ids by which the client knows answers and their items, to those by which the vendor keeps them
	hidden  []wire.Hidden
	kept    int // bytes of hidden
}

// flight is a call that a client runs.
type flight struct {
	id    kernel.InvocationID
	label kernel.Exposure
	until time.Time // settled as unknown from then on
}

func newPast() *past {
	return &past{
		seen: lru[digest, struct{}](maxSeen), flights: lru[string, flight](maxFlights), labels: lru[string, kernel.Exposure](maxLabels),
		hosted: lru[string, kernel.Exposure](maxLabels), answers: lru[string, string](maxAnswers),
	}
}

func lru[K comparable, V any](size int) *simplelru.LRU[K, V] {
	l, err := simplelru.NewLRU[K, V](size, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return l
}

// digest recognises an item that is sent again: the same bytes, as the same thing.
type digest [16]byte

func digestOf(it wire.Item) digest {
	h := sha256.New()
	h.Write([]byte{byte(it.Origin)})
	for _, part := range []string{it.Call, it.Tool, it.ID, it.Raw.Raw()} {
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

// first reports whether no request of the agent has gone to a model yet.
func (p *past) first() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.begun
}

func (p *past) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun = true
}

// open notes a call that was allowed. It reports false when one of that id is open.
func (p *past) open(call string, one flight) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old, open := p.flights.Peek(call); open && time.Now().Before(old.until) {
		return false
	}
	p.flights.Add(call, one)
	p.labels.Add(call, one.label)
	return true
}

func (p *past) isOpen(call string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, open := p.flights.Peek(call)
	return open && time.Now().Before(one.until)
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
	p.hosted.Add(hosted, label)
}

func (p *past) allowed(hosted string) (kernel.Exposure, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hosted.Get(hosted)
}

// answered notes an answer that the client got.
func (p *past) answered(seen, last string) {
	if seen == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers.Add(seen, last)
}

// keptAs is the id by which the vendor keeps an answer that the client got.
func (p *past) keptAs(seen string) (last string, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers.Get(seen)
}

// hide notes calls that the client was not shown. The oldest give way.
func (p *past) hide(hidden []wire.Hidden) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range hidden {
		p.hidden, p.kept = append(p.hidden, h), p.kept+weight(h)
	}
	for len(p.hidden) > maxHidden || p.kept > maxKept && len(p.hidden) > 0 {
		p.kept -= weight(p.hidden[0])
		p.hidden = p.hidden[1:]
	}
}

func weight(h wire.Hidden) int {
	return len(h.Call.Raw) + len(h.Call.Arguments) + len(h.Result) + len(h.Said)
}

// unseen are the calls that the client was not shown.
func (p *past) unseen() []wire.Hidden {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]wire.Hidden(nil), p.hidden...)
}
