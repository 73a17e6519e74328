package mediate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"argus/host/bounded"
	"argus/host/fault"
	"argus/host/identity"
	"argus/host/ledger"
	"argus/host/refusals"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/kernel/ordered"
)

// Birth is what a parent gives to a child. Capabilities and bits leave the parent's own where the protocol says so.
type Birth struct {
	Capabilities []kernel.Capability
	Bits         uint64
	Returns      ijson.Value // JSON Schema of the child's bounded return; the zero Value for none
}

// Delegate gives birth to a declared context below the caller's, and answers with the id by which the client acts as it. Of a birth that was
// asked for again by a key only the event says which it was.
//
// The schema of a bounded return is fixed here, by the parent: a child could write what it knows into a schema of its own.
func (m *Mediator) Delegate(ctx context.Context, who Caller, b Birth) (identity.ContextID, Step, error) {
	if b.Returns.Kind() != ijson.Invalid {
		if _, err := bounded.Of(b.Returns); err != nil {
			return "", Step{}, fault.New(fault.Invalid, "delegate: the schema of the return", err)
		}
	}
	const what = "argus__delegate"
	var id identity.ContextID
	step, err := m.asked(ctx, who, identity.Delegate, what, func(ctx context.Context) (Step, error) {
		id = identity.NewContextID()
		if cause := m.tooMany(who, id); cause != "" {
			return Step{Refusal: m.refuseStep(who, what, RuleLimit, cause)}, nil
		}
		defer m.Book.Forgo(id)
		return m.step(ctx, who, what, kernel.Delegate{By: who.Agent, Caps: ordered.SetOf(b.Capabilities...), Bits: b.Bits},
			ledger.Note{Principal: who.Principal, Context: string(id), Returns: b.Returns.Raw()})
	})
	if err != nil || step.Refusal != nil {
		return "", step, err
	}
	return id, step, nil
}

// tooMany says why there is no place for one more context, or keeps one.
func (m *Mediator) tooMany(who Caller, id identity.ContextID) string {
	s := m.Ledger.Current()
	if depth, acts := s.State.Depth(who.Agent); acts && depth >= m.Limits.Depth {
		return fmt.Sprintf("the agent is %d below root: limits.depth", depth)
	}
	if fast := m.tooFast(who); fast != "" {
		return fast
	}
	if most := m.Limits.ContextsPerPrincipal; !m.Book.Expect(id, who.Principal, most) {
		return fmt.Sprintf("%d contexts of %s are alive: limits.contexts_per_principal", most, who.Principal)
	}
	return ""
}

// tooFast counts a step on contexts as a call: each is written to the journal and made durable, which is everybody's. An end is not counted:
// there are no more of them than births.
func (m *Mediator) tooFast(who Caller) string {
	if m.pace.take(who.Principal) {
		return ""
	}
	return fmt.Sprintf("more than %d calls in a minute: limits.calls_per_minute", m.Limits.CallsPerMinute)
}

// Revoke ends a child of the caller, and everything below it.
func (m *Mediator) Revoke(ctx context.Context, who Caller, id identity.ContextID) (Step, error) {
	const what = "argus__revoke"
	return m.asked(ctx, who, identity.Revoke, what, func(ctx context.Context) (Step, error) {
		child, err := m.Book.Child(who.Agent, id)
		if err != nil {
			return Step{}, fault.New(fault.Invalid, "revoke", err)
		}
		step, err := m.step(ctx, who, what, kernel.Revoke{Parent: who.Agent, Child: child.Agent}, ledger.Note{})
		if err != nil || step.Refusal != nil {
			return step, err
		}
		m.ended(child.Agent)
		return step, m.cascade(ctx, child.Agent)
	})
}

// ended stops what an agent has running, drops its values and those of everybody below it, who receive nothing any more, and wakes who waits
// for one.
func (m *Mediator) ended(agent kernel.AgentID) {
	m.running.stop(agent)
	m.returns.end(agent)
	for child := range m.Ledger.Current().State.Orphans(agent) {
		m.returns.end(child)
	}
}

// cascade ends every agent below one that has ended, parents first, also where nobody waits for it any more.
func (m *Mediator) cascade(ctx context.Context, above kernel.AgentID) error {
	ctx = context.WithoutCancel(ctx)
	for child, parent := range m.Ledger.Current().State.Orphans(above) {
		applied, err := m.Ledger.Apply(ctx, kernel.CascadeRevoke{Child: child, Parent: parent}, ledger.Note{})
		if err != nil {
			return err
		}
		if applied.Refusal == nil {
			m.ended(child)
		}
	}
	return nil
}

// NewAgent makes a principal and its first context. Only the operator's door calls it. The token is shown once.
func (m *Mediator) NewAgent(ctx context.Context, p identity.Principal) (identity.Token, kernel.AgentID, error) {
	if m.Stock.Inventory() == nil {
		return "", "", errNoTheory() // there is no catalogue yet, so all of it would be nothing
	}
	m.people.Lock()
	defer m.people.Unlock()
	if len(p.Capabilities) == 0 {
		for k := range m.Ledger.Current().Theory.Catalogue().All() {
			p.Capabilities = append(p.Capabilities, k)
		}
	}
	if err := p.Check(); err != nil {
		return "", "", fault.New(fault.Invalid, "new agent", err)
	}
	if _, err := m.Book.Principal(p.Name); err == nil {
		return "", "", fault.New(fault.Invalid, "new agent", identity.ErrExists)
	}
	if err := m.knowAll(p.Capabilities); err != nil {
		return "", "", err
	}
	token := identity.NewToken()
	p.Token = token.Digest()
	fact, err := p.Fact()
	if err != nil {
		return "", "", fault.New(fault.Bug, "new agent", err)
	}
	if err := m.Ledger.Record(ctx, fact); err != nil {
		return "", "", err
	}
	agent, err := m.birth(ctx, p)
	return token, agent, err
}

// knowAll refuses capabilities that the theory does not know, and says which it knows.
func (m *Mediator) knowAll(ks []kernel.Capability) error {
	catalogue := m.Ledger.Current().Theory.Catalogue()
	i := slices.IndexFunc(ks, func(k kernel.Capability) bool { return !catalogue.Has(k) })
	if i < 0 {
		return nil
	}
	return fault.New(fault.Invalid, "new agent", fmt.Errorf("there is no capability %q; there are %s", ks[i], names(slices.Collect(catalogue.All()), ", ")))
}

func (m *Mediator) birth(ctx context.Context, p identity.Principal) (kernel.AgentID, error) {
	applied, err := m.Ledger.Apply(ctx, birthOf(p), ledger.Note{Principal: p.Name})
	if err != nil {
		return "", err
	}
	born, ok := applied.Event.(kernel.Delegated)
	if !ok {
		return "", fault.New(fault.Invalid, "birth of "+p.Name, fmt.Errorf("the kernel refused: %s", kernel.Refused{Why: applied.Refusal}.Text()))
	}
	return born.Child, nil
}

func birthOf(p identity.Principal) kernel.Delegate {
	return kernel.Delegate{By: kernel.Root, Caps: ordered.SetOf(p.Capabilities...), Bits: p.Bits}
}

// Fresh ends the present context of a principal and gives birth to a clean one. Only the operator's door calls it. Children of the old
// one become orphans: what they have open completes and is withheld.
func (m *Mediator) Fresh(ctx context.Context, name string) (kernel.AgentID, error) {
	m.people.Lock()
	defer m.people.Unlock()
	p, err := m.Book.Principal(name)
	if err != nil {
		return "", fault.New(fault.Invalid, "fresh", err)
	}
	if old, present := m.Book.Present(name); present {
		applied, err := m.Ledger.Apply(ctx, kernel.Revoke{Parent: kernel.Root, Child: old}, ledger.Note{Principal: name})
		if err != nil {
			return "", err
		}
		if applied.Refusal != nil {
			return "", fault.New(fault.Bug, "fresh", fmt.Errorf("the kernel refused to end %s: %s", old, kernel.Refused{Why: applied.Refusal}.Text()))
		}
		m.ended(old)
	}
	return m.birth(ctx, p)
}

// Sweep ends declared contexts that had no request for the idle time and have no call open, and orphans that have completed. It runs
// until ctx ends.
func (m *Mediator) Sweep(ctx context.Context) {
	tick := time.NewTicker(min(m.Limits.ContextIdle/4, time.Minute))
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			m.sweep(ctx, now.Add(-m.Limits.ContextIdle))
		case <-ctx.Done():
			return
		}
	}
}

func (m *Mediator) sweep(ctx context.Context, since time.Time) {
	for _, c := range m.Book.Idle(since) {
		s := m.Ledger.Current()
		view, active := s.State.View(s.Theory, c.Agent)
		if !active || view.Flights.Len() > 0 {
			continue
		}
		var end kernel.Input = kernel.Revoke{Parent: c.Parent, Child: c.Agent}
		if !s.State.Agents.Has(c.Parent) {
			end = kernel.CascadeRevoke{Child: c.Agent, Parent: c.Parent}
		}
		applied, err := m.Ledger.Apply(ctx, end, ledger.Note{})
		if err != nil {
			m.Logger.Error("an idle context was not ended", "agent", c.Agent, "error", err)
			return
		}
		if applied.Refusal == nil {
			m.ended(c.Agent)
		}
	}
}

// refuseKernel records what the kernel refused of a step that is no call.
func (m *Mediator) refuseKernel(who Caller, what string, why kernel.Refusal) *Refusal {
	said := kernel.Refused{Why: why}
	r := m.describeStep(who, what)
	r.Rule, r.Sentence, r.Causes = said.Rule(), said.Text(), []string{explainStep(why)}
	return m.record(r)
}

func (m *Mediator) refuseStep(who Caller, tool, rule, cause string) *Refusal {
	r := m.describeStep(who, tool)
	r.Rule, r.Causes = rule, []string{cause}
	return m.record(r)
}

func (m *Mediator) describeStep(who Caller, tool string) refusals.Refusal {
	s := m.Ledger.Current()
	r := refusals.Refusal{
		Agent: string(who.Agent), Principal: who.Principal, Tool: tool, Theory: string(s.Theory.Digest()),
	}
	if view, active := s.State.View(s.Theory, who.Agent); active {
		r.Level, r.Integrity = view.Speculative.Level.String(), view.Speculative.Integrity.String()
	}
	return r
}
