package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	agentv1 "argus/proto/argus/agent/v1"
)

// The tools of the story, and the principal's own context.
const (
	own    = ""
	readDB = "s__read-db"
	recall = "s__recall"
	mail   = "s__send-email"
	letter = `{"to":"someone@mail.example","subject":"news","body":"all is well"}`
)

// rating is all that a child may tell: one of two words, or nothing, which is two bits.
const rating = `{"type":"object","properties":{"rating":{"enum":["good","bad"]}},"required":["rating"],"additionalProperties":false}`

// play tells the story: of an agent that sends letters, a reader below it that reads the secret, and one that is ended in the middle of a call.
func (f *framework) play(ctx context.Context) error {
	names, err := f.list(ctx, own)
	if err != nil {
		return err
	}
	for _, name := range []string{readDB, recall, mail} {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%s is not among the tools %v", name, names)
		}
	}
	f.say("%d tools may be called", len(names))
	for _, step := range []func(context.Context) error{f.readBelow, f.revokeMidCall} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if _, err := f.call(ctx, own, mail, letter); err != nil {
		return fmt.Errorf("the principal's own agent has met nothing: %w", err)
	}
	f.say("the principal's own agent sent a letter")
	return nil
}

// readBelow lets a reader, two below the principal's own agent, read the secret. The reader hands it to its chief whole; the chief hands one of
// two words to its parent.
func (f *framework) readBelow(ctx context.Context) error {
	chief, err := f.delegate(ctx, own, 4, rating)
	if err != nil {
		return err
	}
	reader, err := f.delegate(ctx, chief, 0, "")
	if err != nil {
		return err
	}
	secret, err := f.call(ctx, reader, readDB, `{}`)
	if err != nil {
		return err
	}
	f.say("the reader read the database")
	if _, err := f.kernel.ReturnUnendorsed(ctx, &agentv1.ReturnRequest{Context: reader, Value: []byte(secret)}); err != nil {
		return err
	}
	if _, err := f.kernel.Await(ctx, &agentv1.AwaitRequest{Context: chief, Child: reader}); err != nil {
		return err
	}
	_, err = f.call(ctx, chief, mail, letter)
	r, err := refusal(err)
	if err != nil {
		return err
	}
	f.say("its chief may not send any more: rule %s, %q, reference %s", r.GetRule(), r.GetSentence(), r.GetReference())
	done, err := f.kernel.ReturnEndorsed(ctx, &agentv1.ReturnRequest{Context: chief, Value: []byte(`{"rating":"good"}`)})
	if err != nil {
		return err
	}
	verdict, err := f.kernel.Await(ctx, &agentv1.AwaitRequest{Child: chief})
	if err != nil {
		return err
	}
	up := done.GetEvent().GetReturned()
	f.say("it told its parent %s for %d bits; the parent has met what is %s", verdict.GetValue(), up.GetSpent(), up.GetExposure().GetLevel())
	return nil
}

// revokeMidCall ends a child whose call is open. Nothing of the call is delivered.
func (f *framework) revokeMidCall(ctx context.Context) error {
	child, err := f.delegate(ctx, own, 0, "")
	if err != nil {
		return err
	}
	started, err := f.watch.Events(ctx, &agentv1.EventsRequest{
		Contexts: []string{child}, Kinds: []agentv1.EventKind{agentv1.EventKind_EVENT_KIND_STARTED}, After: new(uint64),
	})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		_, err := f.call(ctx, child, recall, `{"delay_ms":9000}`)
		ended <- err
	}()
	if _, err := started.Recv(); err != nil {
		return err
	}
	done, err := f.kernel.Revoke(ctx, &agentv1.RevokeRequest{Child: child})
	if err != nil {
		return err
	}
	if open := done.GetEvent().GetRevoked().GetSettling(); open != 1 {
		return fmt.Errorf("%d calls were open when the child was ended", open)
	}
	err = <-ended
	if err == nil {
		return errors.New("the result of an ended agent's call was delivered")
	}
	f.say("a child was ended in the middle of its call: %v", err)
	return nil
}
