package mediate

import (
	"context"

	"argus/host/identity"
	"argus/host/inventory"
	"argus/kernel"
)

// Authenticate finds what the proof of a request allows. A front must ask it for every request.
func (m *Mediator) Authenticate(p identity.Proof) (identity.Grant, error) {
	return m.Book.Authenticate(p)
}

// Bind finds the agent as which a request acts: the principal's present context, or the declared one that id names, where the credential
// covers it. A front must ask it for every request, because a context may have ended since the last one.
func (m *Mediator) Bind(g identity.Grant, id identity.ContextID) (Caller, error) {
	agent, err := m.Book.Bind(g, id)
	if err != nil {
		return Caller{}, err
	}
	return callerOf(g, agent), nil
}

// Present is the principal's present context as it is now. Unlike Bind it is no use of a context, so a stream that only listens may ask it.
func (m *Mediator) Present(g identity.Grant) (Caller, bool) {
	agent, present := m.Book.Present(g.Principal.Name)
	return callerOf(g, agent), present
}

func callerOf(g identity.Grant, agent kernel.AgentID) Caller {
	return Caller{Principal: g.Principal.Name, Agent: agent, Credential: g.Credential, May: g.Transitions}
}

// Hold is ctx for what a front keeps open by a credential, such as a request, a session or a stream: it ends with the credential. The caller
// must stop it.
func (m *Mediator) Hold(ctx context.Context, g identity.Grant) (_ context.Context, stop func()) {
	return m.Book.Hold(ctx, g.Credential)
}

// HoldAgent is ctx for what an agent is given as it comes, beside its calls: it ends with the agent, since whoever does not act receives nothing. The
// caller must stop it.
func (m *Mediator) HoldAgent(ctx context.Context, who Caller) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	forget := m.running.add(who.Agent, "", func() { cancel(identity.ErrNoAgent) })
	if !m.Ledger.Current().State.Acts(who.Agent) { // it ended before somebody could find this
		cancel(identity.ErrNoAgent)
	}
	return ctx, func() { forget(); cancel(nil) }
}

// ContextOf is the id by which clients name an agent; empty for a principal's own context, and for one that has ended.
func (m *Mediator) ContextOf(agent kernel.AgentID) identity.ContextID {
	c, _ := m.Book.Of(agent)
	return c.ID
}

// Visible are the tools in force whose required capabilities the caller has. It is for lists only: whether a call may be made is
// decided when it is made.
func (m *Mediator) Visible(who Caller) []*inventory.Item {
	stock, s := m.Stock.Inventory(), m.Ledger.Current()
	view, active := s.State.View(s.Theory, who.Agent)
	if stock == nil || !active || !who.May.Has(identity.InvokeStart) {
		return nil
	}
	var items []*inventory.Item
	for _, item := range stock.Tools() {
		if len(lacking(view, item.Needs)) == 0 {
			items = append(items, item)
		}
	}
	return items
}

// lacking are the needs that the agent does not hold.
func lacking(v kernel.View, needs []kernel.Capability) []kernel.Capability {
	var ks []kernel.Capability
	for _, k := range needs {
		if !v.Caps.Has(k) {
			ks = append(ks, k)
		}
	}
	return ks
}

// Inventory is what exists now; nil while nothing is in force.
func (m *Mediator) Inventory() *inventory.Inventory { return m.Stock.Inventory() }

// Changed is closed when another inventory is put in force. Ask for it before looking at the inventory.
func (m *Mediator) Changed() <-chan struct{} { return m.Stock.Changed() }
