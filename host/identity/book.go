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
	Above     []ContextID // every declared context above it, whether or not it has ended
	Returns   string      // JSON Schema of its bounded return; empty if none was set
	Used      time.Time   // last request, for the idle limit
}

// within reports whether the context is in the subtree of root. Everything is in that of the empty one.
func (c *Context) within(root ContextID) bool {
	return root == "" || c.ID == root || slices.Contains(c.Above, root)
}

// Book knows the principals, their credentials and their contexts. It is a shadow of the journal: the ledger tells [Book.Observe] every record, those
// of earlier lives of the daemon first.
type Book struct {
	mu         sync.RWMutex
	principals map[string]Principal
	keys       keyring
	present    map[string]kernel.AgentID
	contexts   map[ContextID]*Context
	declared   map[kernel.AgentID]*Context // the same contexts, by their agents
	owner      map[kernel.AgentID]string   // principal of every agent that was not revoked
	expected   map[ContextID]string        // principal of every context whose birth is being asked for
	seen       uint64                      // sequence number of the last record
	now        func() time.Time
}

// NewBook is an empty book.
func NewBook() *Book {
	return &Book{
		principals: map[string]Principal{},
		keys:       keyring{},
		present:    map[string]kernel.AgentID{},
		contexts:   map[ContextID]*Context{},
		declared:   map[kernel.AgentID]*Context{},
		owner:      map[kernel.AgentID]string{},
		expected:   map[ContextID]string{},
		now:        time.Now,
	}
}

// Observe takes one record of the ledger into the book. The ledger hands over every record once, in order.
func (b *Book) Observe(r ledger.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = r.Sequence
	if r.Fact != nil {
		return b.learn(*r.Fact, r.Time)
	}
	switch e := r.Event.(type) {
	case kernel.Delegated:
		b.born(e, r.Note)
	case kernel.Revoked:
		b.ended(e.Child)
	}
	return nil
}

func (b *Book) learn(f ledger.Fact, at time.Time) error {
	switch f.Kind {
	case FactPrincipal:
		return read(f, func(p Principal) { b.meet(p, at) })
	case FactCredential:
		return read(f, b.issued)
	case FactRevocation:
		return read(f, b.revoked)
	}
	return nil
}

func read[T any](f ledger.Fact, take func(T)) error {
	var body T
	if err := json.Unmarshal(f.Body, &body); err != nil {
		return fmt.Errorf("read %s: %w", f.Kind, err)
	}
	take(body)
	return nil
}

func (b *Book) meet(p Principal, at time.Time) {
	if old, known := b.principals[p.Name]; known {
		b.keys.remove(old.Token.ID())
	}
	b.principals[p.Name] = p
	if p.Token != "" {
		b.keys.add(Credential{
			ID: p.Token.ID(), Principal: p.Name, Kind: Bearer, Digest: p.Token, Transitions: AllTransitions, Issued: at,
		})
	}
}

func (b *Book) issued(i Issue) {
	b.keys.prune(i.Credential.Principal, b.now())
	b.keys.remove(i.Replaces)
	b.keys.add(i.Credential)
}

func (b *Book) revoked(r Revocation) {
	for _, id := range r.Credentials {
		b.keys.remove(id)
	}
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
	delete(b.expected, id)
	c := &Context{
		Principal: principal, Agent: e.Child, ID: id, Parent: e.By, Above: b.lineage(e.By), Returns: note.Returns, Used: b.now(),
	}
	b.contexts[id], b.declared[e.Child] = c, c
}

// lineage is what is above a child of this agent, the agent included.
func (b *Book) lineage(agent kernel.AgentID) []ContextID {
	parent, declared := b.declared[agent]
	if !declared {
		return nil
	}
	return append(slices.Clone(parent.Above), parent.ID)
}

// ended forgets a revoked agent. Its context id stays refused because it is no longer known, and is never drawn again.
func (b *Book) ended(id kernel.AgentID) {
	if principal := b.owner[id]; b.present[principal] == id {
		delete(b.present, principal)
	}
	delete(b.owner, id)
	if c, declared := b.declared[id]; declared {
		delete(b.contexts, c.ID)
		delete(b.declared, id)
	}
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

// Expect keeps a place for a context that is to be born, if the principal has fewer than most. The caller must Forgo it when the birth was
// asked for, whatever became of it.
func (b *Book) Expect(id ContextID, principal string, most int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.living(principal)
	for _, owner := range b.expected {
		if owner == principal {
			n++
		}
	}
	if n >= most {
		return false
	}
	b.expected[id] = principal
	return true
}

// Forgo gives back the place of a context that was not born.
func (b *Book) Forgo(id ContextID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.expected, id)
}

// Living counts the agents of a principal that were not revoked.
func (b *Book) Living(principal string) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.living(principal)
}

func (b *Book) living(principal string) int {
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
	if c, known := b.declared[agent]; known {
		return *c, true
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
