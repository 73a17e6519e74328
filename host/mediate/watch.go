package mediate

import (
	"context"
	"errors"
	"sync"
	"time"

	"argus/host/fault"
	"argus/host/follow"
	"argus/host/identity"
	"argus/host/refusals"
	"argus/kernel"
)

// What watching may cost. One watcher has at most maxUntold refusals waiting for it; the steps that it has not seen stand in the feed, once for
// all watchers.
const (
	maxWatchers        = 256
	maxWatchersOfOne   = 16 // of one principal
	maxUntold          = 256
	operatorsWatchers  = "" // under which those of the operator are counted: no principal has this name
	tooManyWatchersNow = "too many watch already: end one of them"
)

// Scope is whom a watcher may see. The zero value sees nobody. Nothing is ever told of what is about no agent, except to the operator.
type Scope struct {
	Principal string           // its agents alone, those of its earlier contexts included
	Within    []kernel.AgentID // if any: of them only these and whoever was born below them
	Operator  bool             // everybody: the caller has seen the operator's signature
}

// ScopeOf is what a credential may watch: everything that it covers, or of that only these contexts and what lies below them.
func (m *Mediator) ScopeOf(g identity.Grant, only []identity.ContextID) (Scope, error) {
	scope := Scope{Principal: g.Principal.Name}
	if len(only) == 0 && g.Root != "" {
		only = []identity.ContextID{g.Root}
	}
	for _, id := range only {
		who, err := m.Bind(g, id)
		if err != nil {
			return Scope{}, err
		}
		scope.Within = append(scope.Within, who.Agent)
	}
	return scope, nil
}

// NamesFor are the ids by which the bearer of a credential names agents; empty for one that the credential does not cover.
func (m *Mediator) NamesFor(g identity.Grant) func(kernel.AgentID) identity.ContextID {
	scope, err := m.ScopeOf(g, nil)
	return func(agent kernel.AgentID) identity.ContextID {
		if err != nil || !scope.covers(agent, m.Feed.Owner(agent)) {
			return ""
		}
		return m.ContextOf(agent)
	}
}

// Shows reports whether the bearer of a credential may be told this event.
func (m *Mediator) Shows(g identity.Grant, e kernel.Event) bool {
	scope, err := m.ScopeOf(g, nil)
	return err == nil && m.shows(scope, e)
}

func (m *Mediator) shows(s Scope, e kernel.Event) bool {
	subject := follow.Subject(e)
	if subject == "" {
		return s.Operator && len(s.Within) == 0
	}
	return s.covers(subject, m.Feed.Owner(subject))
}

// covers reports whether what is about an agent of this principal may be told.
func (s Scope) covers(agent kernel.AgentID, principal string) bool {
	if !s.Operator && (s.Principal == "" || principal != s.Principal) {
		return false
	}
	if len(s.Within) == 0 {
		return true
	}
	for _, root := range s.Within {
		if follow.Below(agent, root) {
			return true
		}
	}
	return false
}

// Told is a refusal as it was told to the agent.
type Told struct {
	Refusal
	Agent kernel.AgentID
	Tool  string
	Time  time.Time
}

// Happening is what a watcher is told. Exactly one field is set.
type Happening struct {
	Step    *follow.Step
	Refused *Told
}

// Watching is one watcher. It is used by one goroutine, which must Close it.
type Watching struct {
	m      *Mediator
	scope  Scope
	cursor *follow.Cursor

	mu     sync.Mutex
	untold []Told
	missed bool          // more came than waits
	moved  chan struct{} // holds one token while there is a refusal to tell
}

// watchers are those to be told of refusals.
type watchers struct {
	mu  sync.Mutex
	all map[*Watching]bool
}

// Watch begins to tell what scope covers: every step after the record after, and each refusal from now on. The caller must Close it. It counts as
// a call of the principal's, because it may read all of the journal.
func (m *Mediator) Watch(scope Scope, after uint64) (*Watching, error) {
	if !scope.Operator && !m.pace.take(scope.Principal) {
		return nil, fault.New(fault.Unavailable, "watch", errors.New("too many requests in a minute: limits.calls_per_minute"))
	}
	cursor, err := m.Feed.From(m.Ledger, after)
	if err != nil {
		return nil, err
	}
	w := &Watching{m: m, scope: scope, cursor: cursor, moved: make(chan struct{}, 1)}
	if !m.watchers.admit(w) {
		return nil, fault.New(fault.Unavailable, "watch", errors.New(tooManyWatchersNow))
	}
	return w, nil
}

// Halted is closed when nothing is allowed any more, until the daemon starts anew.
func (m *Mediator) Halted() <-chan struct{} { return m.Ledger.Halted() }

// Durable is the last record that a watcher may be told of.
func (m *Mediator) Durable() uint64 { return m.Ledger.Durable() }

func (ws *watchers) admit(w *Watching) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	own := 0
	for other := range ws.all {
		if other.account() == w.account() {
			own++
		}
	}
	if len(ws.all) >= maxWatchers || own >= maxWatchersOfOne {
		return false
	}
	if ws.all == nil {
		ws.all = map[*Watching]bool{}
	}
	ws.all[w] = true
	return true
}

// account is whose watchers are counted together.
func (w *Watching) account() string {
	if w.scope.Operator {
		return operatorsWatchers
	}
	return w.scope.Principal
}

// tell hands a refusal to all who may see it. It waits for nobody.
func (ws *watchers) tell(r refusals.Refusal, said Refusal) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range ws.all {
		if w.scope.covers(kernel.AgentID(r.Agent), r.Principal) {
			w.hear(Told{Refusal: said, Agent: kernel.AgentID(r.Agent), Tool: r.Tool, Time: time.Now()})
		}
	}
}

func (w *Watching) hear(t Told) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.untold) == maxUntold {
		w.missed = true
	} else {
		w.untold = append(w.untold, t)
	}
	select {
	case w.moved <- struct{}{}:
	default:
	}
}

// Close may be called twice.
func (w *Watching) Close() {
	w.m.watchers.mu.Lock()
	delete(w.m.watchers.all, w)
	w.m.watchers.mu.Unlock()
	w.cursor.Close()
}

// Next waits for what happens next. Refusals come when they happen, steps in the order of the journal. The error is a [follow.Behind] for a
// watcher that was too slow.
func (w *Watching) Next(ctx context.Context) (Happening, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Happening{}, err
		}
		if told, any, err := w.refused(); any || err != nil {
			return Happening{Refused: &told}, err
		}
		step, some, err := w.cursor.Next()
		switch {
		case err != nil:
			return Happening{}, err
		case some && w.m.shows(w.scope, step.Event):
			return Happening{Step: &step}, nil
		case some:
			continue
		}
		if err := w.cursor.Wait(ctx, w.moved); err != nil {
			return Happening{}, err
		}
	}
}

// refused takes the oldest refusal that was not told.
func (w *Watching) refused() (t Told, any bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.missed {
		return Told{}, false, follow.Behind{Last: w.cursor.Last()}
	}
	if len(w.untold) == 0 {
		return Told{}, false, nil
	}
	t, w.untold = w.untold[0], w.untold[1:]
	return t, true, nil
}
