package kerneltest

import "argus/kernel"

func (m *Model) register(t kernel.TheorySpec, in kernel.RegisterTool) Verdict {
	tool := find(t, in.Tool)
	switch {
	case tool == nil:
		return no("unknown_tool")
	case !has(t.Issuers, tool.Issuer):
		return no("issuer")
	case m.tools[string(in.Tool)]:
		return no("already_registered")
	}
	m.tools[string(in.Tool)] = true
	return Verdict{}
}

func (m *Model) delegate(t kernel.TheorySpec, in kernel.Delegate) Verdict {
	if !m.acts(in.By) {
		return no("not_acting")
	}
	g := m.active(in.By)
	caps := map[string]bool{}
	for k := range in.Caps.All() {
		if !m.holds(t, in.By, string(k)) {
			return no("not_held")
		}
		caps[string(k)] = true
	}
	if in.Bits > g.bits {
		return no("bits")
	}
	if g.born == 1<<64-1 {
		return no("exhausted")
	}
	g.born++
	g.bits -= in.Bits
	id := childName(string(in.By), g.born)
	m.agents[id] = &member{
		parent: string(in.By), alive: true, caps: caps, seen: g.seen, bits: in.Bits,
		flights: map[uint64]*trip{}, overrides: map[[2]string]stain{},
	}
	return Verdict{Child: kernel.AgentID(id)}
}

// end is the clean-up of rules 3 and 4.
func (m *Model) end(id string) {
	for i := range m.agents[id].flights {
		m.settling[i] = id
	}
	m.agents[id] = &member{}
}

func (m *Model) revoke(in kernel.Revoke) Verdict {
	c := m.active(in.Child)
	switch {
	case in.Child == "root":
		return no("root")
	case !m.acts(in.Parent):
		return no("not_acting")
	case c == nil:
		return no("not_active")
	case c.parent != string(in.Parent):
		return no("not_child")
	}
	m.end(string(in.Child))
	return Verdict{}
}

func (m *Model) cascade(in kernel.CascadeRevoke) Verdict {
	c := m.active(in.Child)
	switch {
	case in.Child == "root":
		return no("root")
	case c == nil:
		return no("not_active")
	case c.parent != string(in.Parent):
		return no("not_child")
	case m.active(in.Parent) != nil:
		return no("parent_active")
	}
	m.end(string(in.Child))
	return Verdict{}
}

func (m *Model) start(t kernel.TheorySpec, in kernel.InvokeStart) Verdict {
	label, known := stainOf(in.Label)
	sinks, sinksKnown := sinkList(in.Sinks)
	b := in.Verdicts.Binding
	if !known || !sinksKnown || b.Reading.Read >= 32 {
		return no("catalogue")
	}
	if in.Arguments == "" {
		return no("no_digest")
	}
	if in.Agent == "root" {
		return no("root")
	}
	if !m.acts(in.Agent) {
		return no("not_acting")
	}
	a, tool := m.active(in.Agent), find(t, in.Tool)
	if tool == nil {
		return no("unknown_tool")
	}
	if !m.tools[string(in.Tool)] {
		return no("unregistered")
	}
	if !declared(tool, label, sinks) {
		return no("undeclared")
	}
	var needs []string
	for _, k := range tool.Needs {
		if !a.caps[string(k)] {
			return no("C1")
		}
		needs = append(needs, string(k))
	}
	if b.Agent != in.Agent || b.Tool != in.Tool || b.Arguments != in.Arguments || b.Label != in.Label ||
		b.Sinks != in.Sinks || b.Policy != t.OraclePolicy || !m.stillTrue(t, in.Agent, b.Reading) {
		return no("stale")
	}
	f := &trip{tool: string(in.Tool), needs: needs, label: label, sinks: sinks, rows: rows(t), vouched: in.Verdicts.Vouched}
	key := [2]string{string(in.Tool), string(in.Arguments)}
	if upto, armed := a.overrides[key]; armed && !tooMuch(t, tool, upto) {
		f.approved = &upto
	}
	before := a.spec()
	after := before.plus(label)
	switch {
	case !f.allOpenAt(before):
		return no("2a")
	case !a.flightsOpenAt(after, nil):
		return no("2b")
	case !f.allOpenAt(after):
		return no("2c")
	case !in.Verdicts.Authorized:
		return no("C3")
	case m.next == 1<<64-1:
		return no("exhausted")
	}
	id := m.next
	m.next++
	a.flights[id] = f
	if f.approved != nil {
		delete(a.overrides, key)
	}
	m.letIn(tool, after)
	return Verdict{Invocation: kernel.InvocationID(id)}
}

// declared reports whether a call is within its tool's declaration.
func declared(tool *kernel.ToolSpec, label stain, sinks []string) bool {
	all, _ := sinkList(tool.Sinks)
	for _, e := range sinks {
		if !has(all, e) {
			return false
		}
	}
	if len(all) > 0 && len(sinks) == 0 {
		return false
	}
	if len(tool.Reads) > 0 {
		return label == mustStain(tool.Label)
	}
	return label.within(mustStain(tool.Label))
}

// stillTrue reports whether all that an oracle read still is as it read it.
func (m *Model) stillTrue(t kernel.TheorySpec, id kernel.AgentID, r kernel.Reading) bool {
	a := m.active(id)
	if r.Read&kernel.ReadCapabilities != 0 {
		held := 0
		for _, k := range catalogueAnd(t, a) {
			if !m.holds(t, id, k) {
				continue
			}
			held++
			if !r.Caps.Has(kernel.Capability(k)) {
				return false
			}
		}
		if int(r.Caps.Len()) != held {
			return false
		}
	}
	seen, ok := stainOf(r.Exposure)
	if r.Read&kernel.ReadExposure != 0 && (!ok || seen != a.seen) {
		return false
	}
	spec, ok := stainOf(r.Speculative)
	if r.Read&kernel.ReadSpeculative != 0 && (!ok || spec != a.spec()) {
		return false
	}
	if r.Read&kernel.ReadDepth != 0 && r.Depth != uint64(m.depth(id)) {
		return false
	}
	return r.Read&kernel.ReadFlights == 0 || r.Flights == uint64(len(a.flights))
}

// catalogueAnd is every capability that the agent could hold, each once.
func catalogueAnd(t kernel.TheorySpec, a *member) []string {
	var all []string
	for _, k := range t.Catalogue {
		if !has(all, string(k)) {
			all = append(all, string(k))
		}
	}
	for k := range a.caps {
		if !has(all, k) {
			all = append(all, k)
		}
	}
	return all
}

func (m *Model) complete(t kernel.TheorySpec, in kernel.InvokeComplete) Verdict {
	raise, known := stainOf(in.Raised.Label)
	if in.Outcome.String() == "unknown" && in.Outcome != 0 || in.Raised.Given && !known {
		return no("catalogue")
	}
	i := uint64(in.Invocation)
	if whose, ok := m.settling[i]; ok && whose == string(in.Agent) {
		delete(m.settling, i)
		return Verdict{Settled: true}
	}
	a := m.active(in.Agent)
	if a == nil {
		return no("not_active")
	}
	f := a.flights[i]
	if f == nil {
		return no("not_in_flight")
	}
	v := Verdict{Released: m.acts(in.Agent)}
	label := f.label
	if in.Raised.Given {
		v.Raised = a.flightsOpenAt(a.spec().plus(raise), f)
		if v.Raised {
			label = label.plus(raise)
		} else {
			v.Released = false
		}
	} else if in.Conforms {
		tool := find(t, kernel.ToolID(f.tool))
		if tool != nil && tool.Endorsed && in.Bits >= 1 && in.Bits <= a.bits {
			v.Declassified, v.Spent = true, in.Bits
			label.secrecy = 0
		}
		if has(t.Endorsing, in.Slot) {
			v.Endorsed = true
			label.doubt = 0
		}
	}
	a.bits -= v.Spent
	a.seen = a.seen.plus(label)
	delete(a.flights, i)
	return v
}

// returning is what rules 7 and 8 ask first.
func (m *Model) returning(child, parent kernel.AgentID) (c, p *member, rule string) {
	switch {
	case parent == "root":
		return nil, nil, "root"
	case !m.acts(child):
		return nil, nil, "not_acting"
	}
	c, p = m.active(child), m.active(parent)
	switch {
	case p == nil || c.parent != string(parent):
		return nil, nil, "not_child"
	case len(c.flights) > 0:
		return nil, nil, "busy"
	}
	return c, p, ""
}

func (m *Model) returnEndorsed(t kernel.TheorySpec, in kernel.ReturnEndorsed) Verdict {
	c, p, rule := m.returning(in.Child, in.Parent)
	if rule != "" {
		return no(rule)
	}
	var v Verdict
	if !c.seen.within(p.seen) {
		if in.Bits < 1 {
			return no("unbounded")
		}
		if in.Bits > c.bits {
			return no("bits")
		}
		v.Declassified, v.Spent = true, in.Bits
	}
	if has(t.Endorsing, in.Slot) {
		v.Endorsed = true
	} else {
		taken := stain{0, c.seen.doubt}
		if !p.flightsOpenAt(p.spec().plus(taken), nil) {
			return no("2b")
		}
		p.seen = p.seen.plus(taken)
	}
	c.bits -= v.Spent
	return v
}

func (m *Model) returnUnendorsed(in kernel.ReturnUnendorsed) Verdict {
	c, p, rule := m.returning(in.Child, in.Parent)
	if rule != "" {
		return no(rule)
	}
	if !p.flightsOpenAt(p.spec().plus(c.seen), nil) {
		return no("2b")
	}
	p.seen = p.seen.plus(c.seen)
	return Verdict{}
}

func (m *Model) egress(t kernel.TheorySpec, in kernel.EgressCheck) Verdict {
	b := in.Verdicts.Binding
	if in.Sink.String() == "unknown" || b.Reading.Read >= 32 {
		return no("catalogue")
	}
	if in.Content == "" {
		return no("no_digest")
	}
	if !m.acts(in.Agent) {
		return no("not_acting")
	}
	if b.Agent != in.Agent || b.Sink != in.Sink || b.Content != in.Content || b.Policy != t.OraclePolicy ||
		!m.stillTrue(t, in.Agent, b.Reading) {
		return no("stale")
	}
	mode := rows(t)[cell(m.active(in.Agent).seen, in.Sink.String())]
	if mode == "allow" || mode == "inspect" && in.Verdicts.Vouched {
		return Verdict{}
	}
	return no("egress")
}

func (m *Model) grant(t kernel.TheorySpec, in kernel.GrantCapability) Verdict {
	if !m.acts(in.Parent) {
		return no("not_acting")
	}
	c := m.active(in.Child)
	switch {
	case c == nil:
		return no("not_active")
	case c.parent != string(in.Parent):
		return no("not_child")
	case !has(t.Catalogue, in.Capability):
		return no("unknown_capability")
	case !m.holds(t, in.Parent, string(in.Capability)):
		return no("not_held")
	}
	c.caps[string(in.Capability)] = true
	return Verdict{}
}

func (m *Model) elevate(in kernel.Elevate) Verdict {
	label, known := stainOf(in.Label)
	switch {
	case !known:
		return no("catalogue")
	case in.Agent == "root":
		return no("root")
	case !m.acts(in.Agent):
		return no("not_acting")
	}
	return m.takeIn(m.active(in.Agent), label)
}

func (m *Model) followUp(in kernel.FollowUp) Verdict {
	switch {
	case in.Child == "root":
		return no("root")
	case !m.acts(in.Child):
		return no("not_acting")
	case m.active(in.Child).parent != string(in.Parent):
		return no("not_child")
	}
	return m.takeIn(m.active(in.Child), m.active(in.Parent).seen)
}

func (m *Model) takeIn(a *member, label stain) Verdict {
	if !a.flightsOpenAt(a.spec().plus(label), nil) {
		return no("2b")
	}
	a.seen = a.seen.plus(label)
	return Verdict{}
}

func (m *Model) override(t kernel.TheorySpec, in kernel.GrantOverride) Verdict {
	upto, known := stainOf(in.Upto)
	tool := find(t, in.Tool)
	switch {
	case !known:
		return no("catalogue")
	case in.Arguments == "":
		return no("no_digest")
	case in.Agent == "root":
		return no("root")
	case !m.acts(in.Agent):
		return no("not_acting")
	case tool == nil:
		return no("unknown_tool")
	case !m.tools[string(in.Tool)]:
		return no("unregistered")
	case upto.secrecy > 2:
		return no("override_level")
	case tooMuch(t, tool, upto):
		return no("store")
	}
	m.active(in.Agent).overrides[[2]string{string(in.Tool), string(in.Arguments)}] = upto
	m.letIn(tool, upto)
	return Verdict{}
}
