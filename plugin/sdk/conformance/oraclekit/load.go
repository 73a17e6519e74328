package oraclekit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	oraclev1 "argus/proto/argus/oracle/v1"
)

const (
	many  = 500
	large = 8<<20 - 4<<10 // of text, so that the whole question has no more than the host would send
)

// answersMany leaves whose nonces are wrong to the requirement about that: what must not be is that questions are taken for each other.
func answersMany(_ context.Context, t *talk) error {
	digests := map[string]string{} // by nonce
	var questions []*oraclev1.Question
	for n := range many {
		q := call(fmt.Sprint("tool", n))
		q.PolicyDigest = t.policy
		questions = append(questions, q)
		digests[string(q.GetNonce())] = aboutDigest(q)
	}
	known := map[string]bool{}
	for _, d := range digests {
		known[d] = true
	}
	sent := make(chan error, 1)
	go func() {
		for _, q := range questions {
			if err := t.stream.Send(q); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	until := time.Now().Add(answerTime)
	for n := range many {
		a, ok, err := t.answer(time.Until(until))
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%d of %d questions were answered within %v", n, many, answerTime)
		}
		want, ours := digests[string(a.GetNonce())]
		if got := a.GetArgumentsDigest(); ours && got != want && known[got] {
			return fmt.Errorf("of %d questions at once, one was answered with what belongs to another", many)
		}
	}
	return <-sent
}

func outlivesCancel(ctx context.Context, t *talk) error {
	for n := range 3 {
		gone, err := talkUnder(ctx, t.conn, t.policy)
		if err != nil {
			return err
		}
		for range 20 {
			q := call("send")
			q.PolicyDigest = t.policy
			if err := gone.stream.Send(q); err != nil {
				return gone.broken(err)
			}
		}
		gone.Close()
		next, err := talkUnder(ctx, t.conn, t.policy)
		if err != nil {
			return err
		}
		_, err = next.ask(call("send"))
		next.Close()
		if err != nil {
			return fmt.Errorf("after %d cancelled streams: %w", n+1, err)
		}
	}
	return nil
}

func takesLarge(_ context.Context, t *talk) error {
	q := call("send")
	q.GetCall().Arguments = object("text", strings.Repeat("x", large))
	if _, err := t.ask(q); err != nil {
		return fmt.Errorf("asked a question of 8 MiB: %w", err)
	}
	if _, err := t.ask(call("send")); err != nil {
		return fmt.Errorf("after a question of 8 MiB: %w", err)
	}
	return nil
}

func tellsChange(ctx context.Context, f *following) error {
	if f.change == nil {
		return &conformance.NotClaimed{What: "nobody said how the policy is changed: --change"}
	}
	before := f.digest
	if err := f.change(ctx); err != nil {
		return fmt.Errorf("change the policy: %w", err)
	}
	for until := time.Now().Add(changeTime); f.digest == before; {
		if err := f.next(time.Until(until)); err != nil {
			return fmt.Errorf("after the policy was changed: %w", err)
		}
	}
	t, err := talkUnder(ctx, f.conn, f.digest)
	if err != nil {
		return err
	}
	defer t.Close()
	a, err := t.ask(call("send"))
	if got := a.GetPolicyDigest(); err == nil && got != f.digest {
		err = fmt.Errorf("it tells policy %s and answers a question under that by %q", f.digest, sdk.Clip(got, 128))
	}
	return err
}
