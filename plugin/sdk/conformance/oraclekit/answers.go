package oraclekit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/oracle"
	oraclev1 "argus/proto/argus/oracle/v1"
)

func ownNonce(_ context.Context, t *talk) error {
	for range 3 {
		q := call("send")
		a, err := t.ask(q)
		if err != nil {
			return err
		}
		if !bytes.Equal(a.GetNonce(), q.GetNonce()) {
			return errors.New("the answer has another nonce than the question")
		}
	}
	_, another, err := t.answer(aWhile)
	if another {
		return errors.New("a question was answered a second time")
	}
	return err
}

func ownDigest(_ context.Context, t *talk) error {
	for _, q := range subjects() {
		a, err := t.ask(q)
		if err != nil {
			return err
		}
		if want := aboutDigest(q); a.GetArgumentsDigest() != want {
			return fmt.Errorf("the answer is about %q, the question about %q", sdk.Clip(a.GetArgumentsDigest(), 128), want)
		}
	}
	return nil
}

func aboutDigest(q *oraclev1.Question) string {
	if e := q.GetEgress(); e != nil {
		return e.GetContentDigest()
	}
	return q.GetCall().GetArgumentsDigest()
}

func ownPolicy(_ context.Context, t *talk) error {
	for _, under := range []string{t.policy, digest("a policy of yesterday")} {
		q := call("send")
		q.PolicyDigest = under
		a, err := t.askAs(q)
		if err != nil {
			return err
		}
		if a.GetPolicyDigest() != t.policy {
			return fmt.Errorf("asked under %s, it answers by %q; the policy in force is %s", under, sdk.Clip(a.GetPolicyDigest(), 128), t.policy)
		}
	}
	return nil
}

// wellFormed has the host's own facade read answers whose belonging, which other requirements are about, is in order.
func wellFormed(ctx context.Context, t *talk) error {
	link, _ := conformance.Link(t.conn)
	client := oracle.NewClient(link)
	defer client.Close()
	for _, q := range subjects() {
		a, err := t.ask(q)
		if err != nil {
			return err
		}
		if !bytes.Equal(a.GetNonce(), q.GetNonce()) || a.GetArgumentsDigest() != aboutDigest(q) || a.GetPolicyDigest() != t.policy {
			continue
		}
		if _, err := client.Ask(ctx, asHostAsks(q)); err != nil {
			return err
		}
	}
	return nil
}

func sameAnswer(_ context.Context, t *talk) error {
	for _, q := range subjects() {
		first, err := t.ask(q)
		if err != nil {
			return err
		}
		for range 4 {
			next, err := t.ask(again(q))
			if err != nil {
				return err
			}
			if !same(first, next) {
				return fmt.Errorf("asked again, it answered %s after %s", tell(next), tell(first))
			}
		}
	}
	return nil
}

// same compares what the host acts by.
func same(a, b *oraclev1.Answer) bool {
	return a.GetAuthorized() == b.GetAuthorized() && a.GetVouched() == b.GetVouched() && (a.GetError() == "") == (b.GetError() == "")
}

func tell(a *oraclev1.Answer) string {
	return fmt.Sprintf("(authorized %t, vouched %t, error %q)", a.GetAuthorized(), a.GetVouched(), sdk.Clip(a.GetError(), 200))
}

// namesWhatItRead changes each attribute that an answer does not name, which must leave the answer as it is.
func namesWhatItRead(_ context.Context, t *talk) error {
	for _, q := range subjects() {
		first, err := t.ask(q)
		if err != nil {
			return err
		}
		for _, v := range variants() {
			if slices.Contains(first.GetRead(), v.attribute) {
				continue
			}
			if err := unmoved(t, q, first, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func unmoved(t *talk, q *oraclev1.Question, first *oraclev1.Answer, v variant) error {
	changed := again(q)
	v.change(changed.Agent)
	other, err := t.ask(changed)
	if err != nil || same(first, other) {
		return err
	}
	// An oracle that is of two minds about one question breaks another requirement.
	for range 2 {
		if steady, err := t.ask(again(q)); err != nil || !same(first, steady) {
			return err
		}
	}
	return fmt.Errorf("it answers %s in place of %s once the agent has %s, and does not name that attribute among those it read",
		tell(other), tell(first), v.says)
}

func deniesUnreadable(_ context.Context, t *talk) error {
	nothing := call("send")
	nothing.About = nil
	hollow := call("send")
	hollow.GetCall().Arguments = &oraclev1.Value{}
	for says, q := range map[string]*oraclev1.Question{"about nothing": nothing, "with arguments that are no value": hollow} {
		a, err := t.ask(q)
		if err != nil {
			return err
		}
		if a.GetError() == "" || a.GetAuthorized() || a.GetVouched() {
			return fmt.Errorf("a question %s is answered with %s", says, tell(a))
		}
	}
	return nil
}

func answersEgress(_ context.Context, t *talk) error {
	a, err := t.ask(egress())
	if err == nil && a.GetError() != "" {
		err = fmt.Errorf("it answers with the error %q", sdk.Clip(a.GetError(), 200))
	}
	return err
}
