package kernel

import "argus/kernel/ordered"

// Theory is the background that a step is judged by. It never changes: [NewTheory] builds it from a copy. The zero
// Theory has no tools, no catalogue and an empty policy, and so denies.
type Theory struct {
	digest    Digest
	oracle    Digest
	catalogue ordered.Set[Capability]
	tools     ordered.Map[ToolID, Tool]
	policy    Policy
	issuers   ordered.Set[Issuer]
	endorsing ordered.Set[SlotID]
}

// Tool is what the theory declares about one tool.
type Tool struct {
	Needs    ordered.Set[Capability] // all of them are required
	Sinks    Sinks                   // the most its calls may reach
	Label    Exposure                // the most its results may bring
	Endorsed bool                    // its output has a bounded schema
	Reads    ordered.Set[StoreID]
	Writes   ordered.Set[StoreID]
	Issuer   Issuer
}

// Policy is the flow policy: a mode for each cell. A cell that is absent denies.
type Policy struct {
	cells ordered.Map[Cell, Mode]
}

// Cell is a level, an integrity and a sink in one number: two bits, two bits, four bits.
type Cell uint8

// cellOf packs a cell. The caller has checked that all three are in their catalogues; otherwise two cells could
// share a number.
func cellOf(x Exposure, e Sink) Cell {
	return Cell(x.Level)<<6 | Cell(x.Integrity)<<4 | Cell(e)
}

// Mode is what the policy says of sink e under exposure x. Whatever is outside a catalogue is denied.
func (p Policy) Mode(x Exposure, e Sink) Mode {
	if !x.known() || e >= sinkCount {
		return Deny
	}
	m, ok := p.cells.Get(cellOf(x, e))
	if !ok {
		return Deny
	}
	return m
}

// permits reports whether a flow of this mode may pass, given the answer of the content gate.
func (m Mode) permits(vouched bool) bool {
	return m == Allow || m == Inspect && vouched
}

// Digest is the content address of the theory. Every event carries it.
func (t Theory) Digest() Digest { return t.digest }

// OraclePolicy is the digest of the policy that the oracles must have answered by.
func (t Theory) OraclePolicy() Digest { return t.oracle }

// Catalogue is the set of capabilities that may be handed out.
func (t Theory) Catalogue() ordered.Set[Capability] { return t.catalogue }

// Tools are all tools that the theory declares, registered or not.
func (t Theory) Tools() ordered.Map[ToolID, Tool] { return t.tools }

// Policy is the flow policy.
func (t Theory) Policy() Policy { return t.policy }

// Trusts reports whether the issuer's tools may be registered.
func (t Theory) Trusts(by Issuer) bool { return t.issuers.Has(by) }

// Endorses reports whether the type of the slot endorses the integrity of its values.
func (t Theory) Endorses(slot SlotID) bool { return t.endorsing.Has(slot) }

// caps is what an agent holds. Root's are not stored: it holds whatever the present catalogue has.
func (t Theory) caps(id AgentID, a Agent) ordered.Set[Capability] {
	if id == Root {
		return t.catalogue
	}
	return a.Caps
}

// endorsed reports whether the theory still declares the tool, with a bounded output.
func (t Theory) endorsed(id ToolID) bool {
	tool, ok := t.tools.Get(id)
	if !ok {
		return false
	}
	return tool.Endorsed
}
