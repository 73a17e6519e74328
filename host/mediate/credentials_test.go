package mediate

import (
	"context"
	"errors"
	"testing"
	"time"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
)

// narrowed is one more token of a principal, which may ask for what is given only.
func (r *rig) narrowed(name string, may identity.Transitions) (identity.Token, identity.Credential) {
	r.t.Helper()
	token, c, err := r.Issue(ctx, identity.Credential{Principal: name, Kind: identity.Bearer, Transitions: may})
	if err != nil {
		r.t.Fatal(err)
	}
	return token, c
}

func (r *rig) good(token identity.Token) bool {
	_, err := r.Authenticate(identity.Proof{Token: token})
	return err == nil
}

// TestCredentialAsksForNothingBeyondItsTransitions tries each step with a credential of every transition but the one that it takes, and as the
// control with a credential of that one alone.
func TestCredentialAsksForNothingBeyondItsTransitions(t *testing.T) {
	r := newRig(t)
	who := r.agent("p", identity.Declared)
	steps := map[identity.Transitions]func(Caller, identity.ContextID) (*Refusal, error){
		identity.InvokeStart: func(w Caller, _ identity.ContextID) (*Refusal, error) {
			return r.call(w, "s__send-email", `{}`).Refusal, nil
		},
		identity.Delegate: func(w Caller, _ identity.ContextID) (*Refusal, error) {
			id, refused, err := r.Delegate(ctx, w, Birth{})
			if err == nil && refused == nil {
				_, err = r.Revoke(ctx, who, id)
			}
			return refused, err
		},
		identity.Revoke: func(w Caller, id identity.ContextID) (*Refusal, error) { return r.Revoke(ctx, w, id) },
		identity.ReturnUnendorsed: func(w Caller, id identity.ContextID) (*Refusal, error) {
			c, err := r.Book.Child(who.Agent, id)
			if err != nil {
				return nil, err
			}
			return r.Return(ctx, w.as(c.Agent), ijson.MustParse(`1`), true)
		},
		identity.ReturnEndorsed: func(w Caller, id identity.ContextID) (*Refusal, error) {
			c, err := r.Book.Child(who.Agent, id)
			if err != nil {
				return nil, err
			}
			return r.Return(ctx, w.as(c.Agent), ijson.MustParse(`true`), false)
		},
		identity.EgressCheck: func(w Caller, _ identity.ContextID) (*Refusal, error) {
			step, err := r.CheckEgress(ctx, w, "vendor", []byte("x"))
			return step.Refusal, err
		},
		identity.GrantCapability: func(w Caller, id identity.ContextID) (*Refusal, error) {
			step, err := r.Grant(ctx, w, id, "network_egress")
			return step.Refusal, err
		},
		identity.Elevate: func(w Caller, id identity.ContextID) (*Refusal, error) {
			c, err := r.Book.Child(who.Agent, id)
			if err != nil {
				return nil, err
			}
			step, err := r.Elevate(ctx, w.as(c.Agent), "mailbox")
			return step.Refusal, err
		},
	}
	for transition, step := range steps {
		_, id := r.child(who, Birth{Bits: 1, Returns: ijson.MustParse(`{"type":"boolean"}`)})
		before := r.Ledger.Current().Sequence
		token, c := r.narrowed("p", identity.AllTransitions&^transition)
		refused, err := step(r.by(token, ""), id)
		if err != nil {
			t.Fatal(transition, err)
		}
		if refused == nil || refused.Rule != RuleCredential {
			t.Errorf("%s without it: %+v", transition, refused)
		}
		if now := r.Ledger.Current().Sequence; now != before+1 { // the credential's own
			t.Errorf("%s without it: %d records were written", transition, now-before-1)
		}
		if err := r.RevokeCredential(ctx, "p", c.ID); err != nil {
			t.Fatal(err)
		}
		token, _ = r.narrowed("p", transition)
		if refused, err := step(r.by(token, ""), id); err != nil || refused != nil {
			t.Errorf("the control: %s: %+v, %v", transition, refused, err)
		}
		if refused, err := r.Revoke(ctx, who, id); transition != identity.Revoke && (err != nil || refused != nil) {
			t.Fatal(refused, err)
		}
	}
	if len(r.Visible(who)) == 0 {
		t.Error("the control sees no tool")
	}
	token, _ := r.narrowed("p", identity.Delegate)
	if items := r.Visible(r.by(token, "")); len(items) != 0 {
		t.Errorf("a credential that may call nothing sees %d tools", len(items))
	}
}

// TestOpenCallsEndWithTheirCredential ends the credential of one of two calls that run.
func TestOpenCallsEndWithTheirCredential(t *testing.T) {
	for name, end := range map[string]func(*rig, identity.CredentialID) error{
		"revoked": func(r *rig, id identity.CredentialID) error { return r.RevokeCredential(ctx, "p", id) },
		"rotated": func(r *rig, id identity.CredentialID) error {
			_, _, err := r.Rotate(ctx, "p", id, nil)
			return err
		},
	} {
		r := newRig(t)
		kept := r.agent("p", identity.Declared)
		token, c := r.narrowed("p", identity.InvokeStart)
		begun, release := make(chan struct{}, 2), make(chan struct{})
		r.servers.serve = func(ctx context.Context, _ upstream.Request) (upstream.Reply, error) {
			begun <- struct{}{}
			select {
			case <-ctx.Done():
				return upstream.Reply{}, fault.New(fault.Timeout, "x", context.Cause(ctx))
			case <-release:
				return upstream.Reply{Result: ijson.MustParse(`{"content":[]}`)}, nil
			}
		}
		call := func(who Caller) <-chan error {
			ended := make(chan error, 1)
			go func() {
				_, err := r.CallTool(ctx, who, "s__read-file", ijson.MustParse(`{}`), nil)
				ended <- err
			}()
			<-begun
			return ended
		}
		ending, going := call(r.by(token, "")), call(kept)
		if err := end(r, c.ID); err != nil {
			t.Fatal(name, err)
		}
		if err := <-ending; !errors.Is(err, identity.ErrCredential) {
			t.Errorf("%s: its call went on: %v", name, err)
		}
		close(release)
		if err := <-going; err != nil {
			t.Errorf("%s: the control: another credential's call ended with it: %v", name, err)
		}
		if r.good(token) {
			t.Errorf("%s: the token is good", name)
		}
	}
}

// TestCallThatAClientRunsEndsWithItsCredential: nobody is left who could say what became of it, so it is settled as unknown.
func TestCallThatAClientRunsEndsWithItsCredential(t *testing.T) {
	r := newRig(t)
	r.agent("p", identity.Declared)
	token, c := r.narrowed("p", identity.InvokeStart|identity.InvokeComplete)
	who := r.by(token, "")
	begin := func() kernel.InvocationID {
		step, err := r.Start(ctx, who, "s__read-file", ijson.MustParse(`{}`))
		if err != nil || step.Refusal != nil {
			t.Fatal(step.Refusal, err)
		}
		return step.started().Invocation
	}
	bare := who
	bare.May = identity.InvokeStart
	id := begin()
	if step, err := r.Complete(ctx, bare, id, kernel.Success, ijson.Value{}); err != nil || step.Refusal == nil || step.Refusal.Rule != RuleCredential {
		t.Errorf("settled by who may not: %+v, %v", step, err)
	}
	if step, err := r.Complete(ctx, who, id, kernel.Success, ijson.Value{}); err != nil || step.Refusal != nil {
		t.Errorf("the control: %+v, %v", step, err)
	}
	begin()
	if err := r.RevokeCredential(ctx, "p", c.ID); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		s := r.Ledger.Current()
		if view, _ := s.State.View(s.Theory, who.Agent); view.Flights.Len() == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is still open")
		}
	}
}

func TestRotationKeepsScopeAndLife(t *testing.T) {
	r := newRig(t)
	r.agent("p", identity.Declared)
	scope := identity.Credential{
		Principal: "p", Kind: identity.Bearer, Transitions: identity.Delegate, Expires: time.Now().Add(time.Hour),
	}
	_, old, err := r.Issue(ctx, scope)
	if err != nil {
		t.Fatal(err)
	}
	token, next, err := r.Rotate(ctx, "p", old.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if life := next.Expires.Sub(next.Issued); next.Transitions != identity.Delegate || (life-time.Hour).Abs() > time.Minute || !r.good(token) {
		t.Errorf("it may %s for %v", next.Transitions, life)
	}
	if _, _, err := r.Rotate(ctx, "p", old.ID, nil); !errors.Is(err, identity.ErrNoCredential) {
		t.Errorf("a token that ended was rotated: %v", err)
	}
	r.agent("other", identity.Sticky)
	if _, _, err := r.Rotate(ctx, "other", next.ID, nil); !errors.Is(err, identity.ErrNoCredential) {
		t.Errorf("another agent's token was rotated: %v", err)
	}
}

func TestRetiredAgentActsNoMore(t *testing.T) {
	r := newRig(t)
	parent, other := r.agent("p", identity.Declared), r.agent("o", identity.Declared)
	child, _ := r.child(parent, Birth{})
	token, _ := r.narrowed("p", identity.AllTransitions)
	if err := r.Retire(ctx, "p"); err != nil {
		t.Fatal(err)
	}
	s := r.Ledger.Current().State
	if r.good(token) || s.Agents.Has(parent.Agent) || s.Agents.Has(child.Agent) || len(r.Book.Credentials("p")) != 0 {
		t.Error("something of it is left")
	}
	if !s.Acts(other.Agent) || len(r.Book.Credentials("o")) != 1 {
		t.Error("the control: another agent ended with it")
	}
	if _, err := r.Fresh(ctx, "p"); err != nil {
		t.Fatal(err)
	}
	if r.good(token) {
		t.Error("a clean context brought a revoked token back")
	}
}

// TestCredentialsSurviveARestart replays the journal into another book.
func TestCredentialsSurviveARestart(t *testing.T) {
	r := newRig(t)
	r.agent("p", identity.Sticky)
	kept, _ := r.narrowed("p", identity.InvokeStart)
	gone, c := r.narrowed("p", identity.InvokeStart)
	if err := r.RevokeCredential(ctx, "p", c.ID); err != nil {
		t.Fatal(err)
	}
	r.reopen()
	if r.good(gone) {
		t.Error("a restart brought a revoked token back")
	}
	if g, err := r.Authenticate(identity.Proof{Token: kept}); err != nil || g.Transitions != identity.InvokeStart {
		t.Errorf("the control: %s, %v", g.Transitions, err)
	}
}

// TestEndedCredentialAwaitsNothing though a value is there; it waits for whoever may have it.
func TestEndedCredentialAwaitsNothing(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	child, id := r.child(parent, Birth{})
	token, c := r.narrowed("p", identity.AllTransitions)
	ended := r.by(token, "")
	if refused, err := r.Return(ctx, child, ijson.MustParse(`"secret"`), true); err != nil || refused != nil {
		t.Fatal(refused, err)
	}
	if err := r.RevokeCredential(ctx, "p", c.ID); err != nil {
		t.Fatal(err)
	}
	if got, _, err := r.Await(ctx, ended, id); got != nil || err == nil {
		t.Errorf("it was given %s", got)
	}
	short, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if got, refused, err := r.Await(short, parent, id); err != nil || refused != nil || string(got) != `"secret"` {
		t.Errorf("the control: %s, %v, %v", got, refused, err)
	}
}
