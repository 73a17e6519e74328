package identity

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"argus/host/ledger"
	"argus/kernel"
)

// FactPrincipal is the kind of the ledger fact by which a principal is remembered; its body is a Principal.
const FactPrincipal = "principal"

// ContextID names a declared context toward its client. Empty names the principal's own present context.
type ContextID string

// Context is an agent below a principal.
type Context struct {
	Principal string
	Agent     kernel.AgentID
	ID        ContextID // empty for the principal's present context
	Parent    kernel.AgentID
	Returns   string    // JSON Schema of its bounded return; empty if none was set
	Used      time.Time // last request, for the idle limit
}

// Book knows the principals and their contexts. It is a shadow of the journal: the ledger tells [Book.Observe] every record, those
// of earlier lives of the daemon first.
type Book struct {
	mu         sync.RWMutex
	principals map[string]Principal
	byToken    map[TokenDigest]string
	present    map[string]kernel.AgentID
	contexts   map[ContextID]*Context
	owner      map[kernel.AgentID]string // principal of every agent that was not revoked
	now        func() time.Time
}

// NewBook is an empty book.
func NewBook() *Book {
	return &Book{
		principals: map[string]Principal{},
		byToken:    map[TokenDigest]string{},
		present:    map[string]kernel.AgentID{},
		contexts:   map[ContextID]*Context{},
		owner:      map[kernel.AgentID]string{},
		now:        time.Now,
	}
}

// Observe takes one record of the ledger into the book. The ledger hands over every record once, in order.
func (b *Book) Observe(r ledger.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Fact != nil {
		return b.learn(*r.Fact)
	}
	switch e := r.Event.(type) {
	case kernel.Delegated:
		b.born(e, r.Note)
	case kernel.Revoked:
		b.ended(e.Child)
	}
	return nil
}

func (b *Book) learn(f ledger.Fact) error {
	if f.Kind != FactPrincipal {
		return nil
	}
	var p Principal
	if err := json.Unmarshal(f.Body, &p); err != nil {
		return fmt.Errorf("read principal: %w", err)
	}
	if old, known := b.principals[p.Name]; known {
		delete(b.byToken, old.Token)
	}
	b.principals[p.Name] = p
	b.byToken[p.Token] = p.Name
	return nil
}

func (b *Book) born(e kernel.Delegated, note ledger.Note) {
	if e.By == kernel.Root {
		b.owner[e.Child] = note.Principal
		b.present[note.Principal] = e.Child
		return
	}
	principal := b.owner[e.By]
	b.owner[e.Child] = principal
	id := ContextID(note.Context)
	b.contexts[id] = &Context{Principal: principal, Agent: e.Child, ID: id, Parent: e.By, Returns: note.Returns, Used: b.now()}
}

// ended forgets a revoked agent. Its context id stays refused because it is no longer known, and is never drawn again.
func (b *Book) ended(id kernel.AgentID) {
	if principal := b.owner[id]; b.present[principal] == id {
		delete(b.present, principal)
	}
	delete(b.owner, id)
	for ctx, c := range b.contexts {
		if c.Agent == id {
			delete(b.contexts, ctx)
		}
	}
}

// Authenticate finds the principal that a token proves.
func (b *Book) Authenticate(t Token) (Principal, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	name, known := b.byToken[t.Digest()]
	if !known || t == "" {
		return Principal{}, ErrToken
	}
	return b.principals[name], nil
}

// Bind finds the agent as which a request of p acts. id is what the client declared; empty is p's own present context. An id that is
// unknown, finished or of another principal is one and the same error, so that a client learns nothing of others.
func (b *Book) Bind(p Principal, id ContextID) (kernel.AgentID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id == "" {
		agent, known := b.present[p.Name]
		if !known || p.Name == "" {
			return "", ErrNoAgent
		}
		return agent, nil
	}
	if p.Mode != Declared {
		return "", ErrHeader
	}
	c, known := b.contexts[id]
	if !known || c.Principal != p.Name {
		return "", ErrContext
	}
	c.Used = b.now()
	return c.Agent, nil
}

// Principal finds a principal by its name.
func (b *Book) Principal(name string) (Principal, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	p, known := b.principals[name]
	if !known {
		return Principal{}, ErrNotFound
	}
	return p, nil
}

// Principals lists all, by name.
func (b *Book) Principals() []Principal {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.SortedFunc(maps.Values(b.principals), func(p, q Principal) int { return cmp.Compare(p.Name, q.Name) })
}

// Owner names the principal of an agent that was not revoked.
func (b *Book) Owner(id kernel.AgentID) (string, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	name, known := b.owner[id]
	return name, known
}

// Living counts the agents of a principal that were not revoked.
func (b *Book) Living(principal string) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	n := 0
	for _, owner := range b.owner {
		if owner == principal {
			n++
		}
	}
	return n
}

// Child finds the declared context that id names, if it is a direct child of parent and of the same principal.
func (b *Book) Child(parent kernel.AgentID, id ContextID) (Context, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c, known := b.contexts[id]
	if !known || c.Parent != parent || c.Principal != b.owner[parent] {
		return Context{}, ErrContext
	}
	return *c, nil
}

// Of finds the declared context whose agent this is.
func (b *Book) Of(agent kernel.AgentID) (Context, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, c := range b.contexts {
		if c.Agent == agent {
			return *c, true
		}
	}
	return Context{}, false
}

// Present is the principal's present context.
func (b *Book) Present(principal string) (kernel.AgentID, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	id, known := b.present[principal]
	return id, known
}

// Idle lists the declared contexts without a request since the given time.
func (b *Book) Idle(since time.Time) []Context {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var idle []Context
	for _, c := range b.contexts {
		if c.Used.Before(since) {
			idle = append(idle, *c)
		}
	}
	return slices.Clip(idle)
}
