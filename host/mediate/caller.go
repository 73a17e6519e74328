package mediate

import (
	"argus/host/identity"
	"argus/host/inventory"
	"argus/kernel"
)

// Authenticate finds the principal that a token proves. A front must ask it for every request.
func (m *Mediator) Authenticate(t identity.Token) (identity.Principal, error) {
	return m.Book.Authenticate(t)
}

// Bind finds the agent as which a request of p acts: its present context, or the declared one that id names. A front must ask it for
// every request, because a context may have ended since the last one.
func (m *Mediator) Bind(p identity.Principal, id identity.ContextID) (Caller, error) {
	agent, err := m.Book.Bind(p, id)
	if err != nil {
		return Caller{}, err
	}
	return Caller{Principal: p.Name, Agent: agent}, nil
}

// Present is p's present context as it is now. Unlike Bind it is no use of a context, so a stream that only listens may ask it.
func (m *Mediator) Present(p identity.Principal) (Caller, bool) {
	agent, present := m.Book.Present(p.Name)
	return Caller{Principal: p.Name, Agent: agent}, present
}

// Visible are the tools in force whose required capabilities the caller has. It is for lists only: whether a call may be made is
// decided when it is made.
func (m *Mediator) Visible(who Caller) []*inventory.Item {
	stock, s := m.Stock.Inventory(), m.Ledger.Current()
	view, active := s.State.View(s.Theory, who.Agent)
	if stock == nil || !active {
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
