package mediate

import (
	"context"
	"errors"

	"argus/host/ledger"
	"argus/host/refusals"
	"argus/internal/ijson"
	"argus/kernel"
)

// DryRun judges a call as it would be judged now. Nothing is recorded, spent, counted or sent.
func (m *Mediator) DryRun(ctx context.Context, who Caller, name string, arguments ijson.Value) (allowed bool, said refusals.Refusal, err error) {
	r, unfit, err := m.find(who, name, arguments)
	if err != nil {
		return false, refusals.Refusal{}, err
	}
	if unfit != nil {
		return false, *unfit, nil
	}
	s := m.Ledger.Current()
	said = m.describe(r, s)
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
