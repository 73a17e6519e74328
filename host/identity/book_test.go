package identity

import (
	"errors"
	"testing"
	"time"

	"argus/host/ledger"
	"argus/kernel"
)

// told is a book that has heard of two principals, a sticky and a declared one, each with a present context.
func told(t *testing.T) (b *Book, sticky, declared Token) {
	t.Helper()
	b = NewBook()
	sticky, declared = NewToken(), NewToken()
	for _, p := range []Principal{
		{Name: "sam", Mode: Sticky, Token: sticky.Digest()},
		{Name: "dee", Mode: Declared, Token: declared.Digest()},
	} {
		fact, err := p.Fact()
		if err != nil {
			t.Fatal(err)
		}
		observe(t, b, ledger.Record{Fact: &fact})
	}
	born(t, b, "root", "root.0", ledger.Note{Principal: "sam"})
	born(t, b, "root", "root.1", ledger.Note{Principal: "dee"})
	return b, sticky, declared
}

func observe(t *testing.T, b *Book, r ledger.Record) {
	t.Helper()
	if err := b.Observe(r); err != nil {
		t.Fatal(err)
	}
}

func born(t *testing.T, b *Book, by, child kernel.AgentID, note ledger.Note) {
	t.Helper()
	observe(t, b, ledger.Record{Event: kernel.Delegated{By: by, Child: child}, Note: note})
}

func revoked(child kernel.AgentID) kernel.Event { return kernel.Revoked{Child: child} }

func granted(t *testing.T, b *Book, token Token) Grant {
	t.Helper()
	g, err := b.Authenticate(Proof{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestTokenProvesItsPrincipalAndNoOther(t *testing.T) {
	b, sticky, _ := told(t)
	if g := granted(t, b, sticky); g.Principal.Name != "sam" || g.Transitions != AllTransitions {
		t.Errorf("proved %s, for %s", g.Principal.Name, g.Transitions)
	}
	for _, wrong := range []Token{"", "argus_", NewToken(), sticky[:len(sticky)-1]} {
		if g, err := b.Authenticate(Proof{Token: wrong}); !errors.Is(err, ErrCredential) {
			t.Errorf("%d bytes proved %s", len(wrong), g.Principal.Name)
		}
	}
}

func TestContextIDsOfOthersFinishedOrUnknownAreRefusedAlike(t *testing.T) {
	b, sticky, declared := told(t)
	born(t, b, "root.1", "root.1.0", ledger.Note{Principal: "dee", Context: "ctx_mine"})
	dee, sam := granted(t, b, declared), granted(t, b, sticky)
	if agent, err := b.Bind(dee, "ctx_mine"); err != nil || agent != "root.1.0" {
		t.Fatalf("the control: %s, %v", agent, err)
	}
	born(t, b, "root", "root.2", ledger.Note{Principal: "eve"})
	born(t, b, "root.2", "root.2.0", ledger.Note{Principal: "eve", Context: "ctx_eve"})
	observe(t, b, ledger.Record{Event: revoked("root.1.0")})
	for _, id := range []ContextID{"ctx_mine", "ctx_eve", "ctx_none", "root.1"} {
		if agent, err := b.Bind(dee, id); !errors.Is(err, ErrContext) {
			t.Errorf("%s was bound to %s, %v", id, agent, err)
		}
	}
	if _, err := b.Bind(sam, "ctx_eve"); !errors.Is(err, ErrHeader) {
		t.Errorf("a sticky principal sent a context id: %v", err)
	}
}

func TestEndedContextIsNoLongerPresent(t *testing.T) {
	b, sticky, _ := told(t)
	sam := granted(t, b, sticky)
	observe(t, b, ledger.Record{Event: revoked("root.0")})
	if agent, err := b.Bind(sam, ""); !errors.Is(err, ErrNoAgent) {
		t.Errorf("bound to %s, %v", agent, err)
	}
	born(t, b, "root", "root.9", ledger.Note{Principal: "sam"})
	if agent, err := b.Bind(sam, ""); err != nil || agent != "root.9" {
		t.Errorf("the fresh one: %s, %v", agent, err)
	}
	var nobody Grant
	if agent, err := b.Bind(nobody, ""); err == nil {
		t.Errorf("the zero grant was bound to %s", agent)
	}
}

func TestOrphanKeepsItsContextAndItsOwner(t *testing.T) {
	b, _, declared := told(t)
	born(t, b, "root.1", "root.1.0", ledger.Note{Principal: "dee", Context: "ctx_c"})
	observe(t, b, ledger.Record{Event: revoked("root.1")})
	born(t, b, "root", "root.2", ledger.Note{Principal: "dee"})
	dee := granted(t, b, declared)
	if agent, err := b.Bind(dee, "ctx_c"); err != nil || agent != "root.1.0" {
		t.Errorf("the orphan: %s, %v", agent, err)
	}
	if _, err := b.Child("root.2", "ctx_c"); !errors.Is(err, ErrContext) {
		t.Errorf("the new context took over another's child: %v", err)
	}
	if n := b.Living("dee"); n != 2 {
		t.Errorf("%d agents live", n)
	}
}

func TestContextIsFoundByItsAgentUntilItEnds(t *testing.T) {
	b, _, _ := told(t)
	born(t, b, "root.1", "root.1.0", ledger.Note{Principal: "dee", Context: "ctx_a"})
	born(t, b, "root.1.0", "root.1.0.0", ledger.Note{Principal: "dee", Context: "ctx_b"})
	for agent, want := range map[kernel.AgentID]ContextID{"root.1.0": "ctx_a", "root.1.0.0": "ctx_b", "root.1": "", "root.7": ""} {
		if c, declared := b.Of(agent); declared != (want != "") || c.ID != want {
			t.Errorf("%s is %q, %v", agent, c.ID, declared)
		}
	}
	observe(t, b, ledger.Record{Event: revoked("root.1.0")})
	if c, declared := b.Of("root.1.0"); declared {
		t.Errorf("%s ended and is still found", c.ID)
	}
	if c, declared := b.Of("root.1.0.0"); !declared || c.ID != "ctx_b" {
		t.Error("the child of one that ended is not found")
	}
	if len(b.declared) != len(b.contexts) {
		t.Errorf("%d contexts, %d of them by their agents", len(b.contexts), len(b.declared))
	}
}

func TestIdleContextsAreFound(t *testing.T) {
	b, _, declared := told(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.now = func() time.Time { return now }
	born(t, b, "root.1", "root.1.0", ledger.Note{Principal: "dee", Context: "ctx_a"})
	born(t, b, "root.1", "root.1.1", ledger.Note{Principal: "dee", Context: "ctx_b"})
	now = now.Add(time.Hour)
	if _, err := b.Bind(granted(t, b, declared), "ctx_b"); err != nil {
		t.Fatal(err)
	}
	idle := b.Idle(now)
	if len(idle) != 1 || idle[0].ID != "ctx_a" {
		t.Errorf("idle: %+v", idle)
	}
}

func TestBearerTokensAreReadStrictly(t *testing.T) {
	token := NewToken()
	if got, ok := BearerToken("Bearer " + string(token)); !ok || got != token {
		t.Error("the control was not read")
	}
	for _, header := range []string{"", "Bearer", "Bearer ", string(token), "Basic " + string(token), "Bearer x" + string(token)} {
		if _, ok := BearerToken(header); ok {
			t.Errorf("%.12q was read as a token", header)
		}
	}
}
