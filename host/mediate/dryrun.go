package mediate

import (
	"context"
	"errors"
	"strings"

	"argus/host/identity"
	"argus/host/ledger"
	"argus/host/refusals"
	"argus/internal/ijson"
	"argus/kernel"
)

// DryRun judges a call as it would be judged now, also of a tool of the caller's program, by CLIENT/TOOL. Nothing is recorded, spent, counted or
// sent.
func (m *Mediator) DryRun(ctx context.Context, who Caller, name string, arguments ijson.Value) (allowed bool, said refusals.Refusal, err error) {
	r, unfit, err := m.imagine(who, name, arguments)
	if err != nil {
		return false, refusals.Refusal{}, err
	}
	if unfit != nil {
		return false, *unfit, nil
	}
	s := m.Ledger.Current()
	said = m.describe(r, s)
	if err := m.heldUp(); err != nil {
		return false, said, err
	}
	asked, err := m.ask(ctx, r, s)
	if errors.Is(err, errAskAgain) {
		s = m.Ledger.Current()
		asked, err = m.ask(ctx, r, s)
	}
	if err != nil {
		return false, said, err
	}
	return m.judge(r, s, asked, said)
}

// imagine is a call that the daemon or the caller's program could make.
func (m *Mediator) imagine(who Caller, name string, arguments ijson.Value) (request, *refusals.Refusal, error) {
	client, tool, _ := strings.Cut(name, "/")
	if stock := m.Stock.Inventory(); stock != nil && tool != "" && m.Clients[who.Principal] == client {
		if item, inForce := stock.Pinned(client, tool); inForce {
			r, unfit := m.ofItem(who, item, arguments)
			return r, unfit, nil
		}
	}
	return m.find(who, name, arguments)
}

func (m *Mediator) judge(r request, s *ledger.Snapshot, asked question, said refusals.Refusal) (bool, refusals.Refusal, error) {
	switch out := kernel.Step(s.Theory, s.State, asked.input(r)).(type) {
	case kernel.Accepted:
		said.Sentence = "The call would be allowed now."
		said.Causes = oracleWords(asked)
		return true, said, nil
	case kernel.Refused:
		said.Rule, said.Sentence = out.Rule(), out.Text()
		said.Causes, said.Remedies = m.explain(out.Why, r, s, asked)
		return false, said, nil
	}
	panic("mediate: outcome outside the sealed sum")
}

// Foresee tells an agent how a call of its own would be judged now: no more than the call itself would tell it, and no more often than it may
// call. A refusal of the question itself has a reference; the answer has none.
func (m *Mediator) Foresee(ctx context.Context, who Caller, name string, arguments ijson.Value) (*Refusal, error) {
	if refused := m.beyond(who, identity.InvokeStart, shortened(name)); refused != nil {
		return refused, nil
	}
	if fast := m.tooFast(who); fast != "" {
		return m.refuseStep(who, shortened(name), RuleLimit, fast), nil
	}
	allowed, said, err := m.DryRun(ctx, who, name, arguments)
	if err != nil || allowed {
		return nil, err
	}
	return &Refusal{Rule: said.Rule, Sentence: said.Sentence}, nil
}
