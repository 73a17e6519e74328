package mediate

import (
	"errors"
	"fmt"
	"strings"

	"argus/host/inventory"
	"argus/host/ledger"
	"argus/host/refusals"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// The host's own rules, beside the kernel's. Each has one fixed sentence.
const (
	RuleLimit      = "limit"
	RuleTool       = "unknown_tool"
	RuleChannel    = "closed_channel"
	RuleArguments  = "arguments"
	RuleWithheld   = "withheld"
	RuleReturn     = "return"
	RuleCredential = "credential"

	RuleUpstream   = "unknown_upstream"
	RuleSource     = "unknown_source"
	RuleReference  = "unknown_reference"
	RuleNoCrossing = "no_crossing"
	RuleKey        = "idempotency_key"
	RuleCalled     = "already_called"
)

// UnknownName reports whether a rule says no more than that nobody knows the tool or the upstream.
func UnknownName(rule string) bool { return rule == RuleTool || rule == RuleUpstream }

var sentences = map[string]string{
	RuleLimit:      "A limit of this agent is reached.",
	RuleTool:       "There is no such tool.",
	RuleChannel:    "This channel of the server is closed.",
	RuleArguments:  "The arguments do not fit the tool's schema.",
	RuleWithheld:   "The result is withheld: the agent, or one above it, is not active any more.",
	RuleReturn:     "The value cannot be returned this way.",
	RuleCredential: "The credential does not allow this.",

	RuleUpstream:   "There is no such upstream.",
	RuleSource:     "There is no such source.",
	RuleReference:  "There is no such refusal.",
	RuleKey:        "The key was used for another request.",
	RuleCalled:     "The call was made already, and is not made again.",
	RuleNoCrossing: "This refusal is not of a crossing that a person can approve.",
}

// refuse records a refusal of the kernel's with everything that explains it.
func (m *Mediator) refuse(r request, why kernel.Refused, s *ledger.Snapshot, asked question) *Refusal {
	record := m.describe(r, s)
	record.Rule, record.Sentence = why.Rule(), why.Text()
	record.Causes, record.Remedies = m.explain(why.Why, r, s, asked)
	record.Crossing = crossing(why.Why, r, s)
	return m.record(record)
}

// crossing is what a person could consent to: the call under the exposure that it would have crossed with.
func crossing(why kernel.Refusal, r request, s *ledger.Snapshot) *refusals.Crossing {
	switch why.(type) {
	case kernel.Carried, kernel.SelfClosed:
		view, _ := s.State.View(s.Theory, r.who.Agent)
		x := view.Speculative.Join(r.item.Label)
		return &refusals.Crossing{Tool: string(r.item.ID), Level: x.Level.String(), Integrity: x.Integrity.String()}
	}
	return nil
}

// describe is what every refusal of a call says.
func (m *Mediator) describe(r request, s *ledger.Snapshot) refusals.Refusal {
	record := refusals.Refusal{
		Agent: string(r.who.Agent), Principal: r.who.Principal, Tool: r.item.Name, Arguments: string(r.digest),
		Theory: string(s.Theory.Digest()),
	}
	if view, active := s.State.View(s.Theory, r.who.Agent); active {
		record.Level, record.Integrity = view.Speculative.Level.String(), view.Speculative.Integrity.String()
	}
	return record
}

func (m *Mediator) record(r refusals.Refusal) *Refusal {
	if r.Sentence == "" {
		r.Sentence = sentences[r.Rule]
	}
	ref, err := m.Refusals.Record(r)
	if err != nil {
		m.Logger.Error("a refusal was not kept", "reference", ref, "error", err)
	}
	m.count(&m.declined)
	said := Refusal{Rule: r.Rule, Sentence: r.Sentence, Reference: ref}
	m.watchers.tell(r, said)
	return &said
}

// unknownTool says of a name that is not callable whether a quarantined tool would have it.
func unknownTool(who Caller, stock *inventory.Inventory, name string) *refusals.Refusal {
	record := &refusals.Refusal{
		Rule: RuleTool, Sentence: sentences[RuleTool], Agent: string(who.Agent), Principal: who.Principal, Tool: shortened(name),
		Causes:   []string{"no server defines a tool that has this name toward agents"},
		Remedies: []string{"argus tools: what there is"},
	}
	if s, found := stock.Quarantined(name); found {
		record.Causes = []string{fmt.Sprintf("the tool %s of server %s is quarantined: %s", s.Tool, s.Server, s.Reason)}
		record.Remedies = []string{s.Fix}
	}
	return record
}

// shortened keeps a name that an agent made up from filling the record.
func shortened(name string) string {
	if len(name) > inventory.MaxName {
		name = name[:inventory.MaxName]
	}
	return strings.ToValidUTF8(name, "?")
}

func (m *Mediator) refuseChannel(who Caller, server string, channel registry.Channel) *Refusal {
	return m.record(refusals.Refusal{
		Rule: RuleChannel, Agent: string(who.Agent), Principal: who.Principal, Tool: shortened(server) + "/" + channel.String(),
		Causes:   []string{"the registry does not declare this channel"},
		Remedies: []string{fmt.Sprintf("add [channels.%s] with label, sinks and capabilities to the registry file of %s", channel, shortened(server))},
	})
}

// unfitArguments says where the arguments miss the tool's schema.
func (m *Mediator) unfitArguments(r request, err error) *refusals.Refusal {
	record := m.describe(r, m.Ledger.Current())
	record.Rule, record.Sentence = RuleArguments, sentences[RuleArguments]
	record.Causes = []string{err.Error()}
	record.Remedies = []string{"argus tools " + r.item.Server + " --definitions: the schema; the agent can call again with arguments that fit"}
	return &record
}

// refuseUnfit records that there is no such call. Where arguments miss a schema the agent is told only of a tool in its list, whose schema
// it was shown.
func (m *Mediator) refuseUnfit(r request, why refusals.Refusal) *Refusal {
	refused := m.record(why)
	if why.Rule != RuleArguments {
		return refused
	}
	s := m.Ledger.Current()
	if view, active := s.State.View(s.Theory, r.who.Agent); active && len(lacking(view, r.item.Needs)) == 0 {
		refused.Detail = why.Causes[0]
	}
	return refused
}

func (m *Mediator) refuseWithheld(r request, s *ledger.Snapshot) *Refusal {
	record := m.describe(r, s)
	record.Rule = RuleWithheld
	record.Causes = []string{"the agent, or one above it, was ended while the call ran; its effect has happened, its result was thrown away"}
	return m.record(record)
}

// refuseRepeated says of a call that was asked for again which one was made.
func (m *Mediator) refuseRepeated(who Caller, made Step) *Refusal {
	refused := m.refuseStep(who, made.Call, RuleCalled, fmt.Sprintf("record %d of the journal is its start, by the same key", made.Sequence))
	id := made.started().Invocation
	refused.Invocation = &id
	return refused
}

// overLimit says of a call that the oracle need not be asked about it. Whether there is room for it is looked at again when it is recorded.
func (m *Mediator) overLimit(r request) *Refusal {
	s := m.Ledger.Current()
	if fast := m.tooFast(r.who); fast != "" {
		return m.refuseLimit(r, s, fast)
	}
	if err := m.room(r.who)(s.State); err != nil {
		return m.refuseLimit(r, s, err.Error())
	}
	return nil
}

var errCrowded = errors.New("calls are open: limits.flights_per_agent")

// room tells whether an agent may have one more call open.
func (m *Mediator) room(who Caller) func(kernel.State) error {
	return func(s kernel.State) error {
		if agent, active := s.Agents.Get(who.Agent); active && agent.Flights.Len() >= m.Limits.FlightsPerAgent {
			return fmt.Errorf("%d %w", agent.Flights.Len(), errCrowded)
		}
		return nil
	}
}

func (m *Mediator) refuseLimit(r request, s *ledger.Snapshot, cause string) *Refusal {
	record := m.describe(r, s)
	record.Rule, record.Causes = RuleLimit, []string{cause}
	return m.record(record)
}
