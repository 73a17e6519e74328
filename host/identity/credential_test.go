package identity

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"argus/host/ledger"
)

// issue tells the book of one more token of a principal.
func issue(t *testing.T, b *Book, c Credential, replaces CredentialID) Token {
	t.Helper()
	token := NewToken()
	c.Kind, c.Digest = Bearer, token.Digest()
	issueDigest(t, b, c, replaces)
	return token
}

func issueDigest(t *testing.T, b *Book, c Credential, replaces CredentialID) {
	t.Helper()
	c.ID, c.Issued = c.Digest.ID(), time.Now()
	if c.Transitions == 0 {
		c.Transitions = AllTransitions
	}
	i := Issue{Credential: c, Replaces: replaces}
	if err := b.Check(i); err != nil {
		t.Fatal(err)
	}
	fact, err := i.Fact()
	if err != nil {
		t.Fatal(err)
	}
	observe(t, b, ledger.Record{Fact: &fact})
}

func revoke(t *testing.T, b *Book, principal string, ids ...CredentialID) {
	t.Helper()
	fact, err := Revocation{principal, ids}.Fact()
	if err != nil {
		t.Fatal(err)
	}
	observe(t, b, ledger.Record{Fact: &fact})
}

func (b *Book) proves(p Proof) bool {
	_, err := b.Authenticate(p)
	if err != nil && !errors.Is(err, ErrCredential) {
		panic(err)
	}
	return err == nil
}

func TestExpiredCredentialProvesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, lasting, _ := told(t)
		brief := issue(t, b, Credential{Principal: "sam", Expires: time.Now().Add(time.Hour)}, "")
		g := granted(t, b, brief)
		time.Sleep(time.Hour - 1)
		if !b.proves(Proof{Token: brief}) {
			t.Error("the control: it ended before its time")
		}
		time.Sleep(1)
		if b.proves(Proof{Token: brief}) {
			t.Error("an expired token proved its principal")
		}
		if agent, err := b.Bind(g, ""); !errors.Is(err, ErrCredential) {
			t.Errorf("what an expired token was granted was bound to %s, %v", agent, err)
		}
		if !b.proves(Proof{Token: lasting}) || len(b.Credentials("sam")) != 1 {
			t.Error("the control: one without an end ended with it")
		}
	})
}

func TestRevokedCredentialProvesNothingAndItsWorkStops(t *testing.T) {
	b, kept, _ := told(t)
	taken := issue(t, b, Credential{Principal: "sam"}, "")
	g := granted(t, b, taken)
	work, stop := b.Hold(t.Context(), g.Credential)
	defer stop()
	other, stopOther := b.Hold(t.Context(), granted(t, b, kept).Credential)
	defer stopOther()
	if work.Err() != nil {
		t.Fatal("the control: its work stopped while it was good")
	}
	revoke(t, b, "sam", g.Credential)
	if !errors.Is(context.Cause(work), ErrCredential) {
		t.Errorf("its work goes on: %v", context.Cause(work))
	}
	if late, stop := b.Hold(t.Context(), g.Credential); late.Err() == nil {
		t.Error("work began after the revocation")
		stop()
	}
	if b.proves(Proof{Token: taken}) {
		t.Error("a revoked token proved its principal")
	}
	if agent, err := b.Bind(g, ""); !errors.Is(err, ErrCredential) {
		t.Errorf("what a revoked token was granted was bound to %s, %v", agent, err)
	}
	if !b.proves(Proof{Token: kept}) || other.Err() != nil {
		t.Error("the control: another credential ended with it")
	}
}

func TestWorkStopsWhenItsCredentialExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, _ := told(t)
		brief := issue(t, b, Credential{Principal: "sam", Expires: time.Now().Add(time.Hour)}, "")
		work, stop := b.Hold(t.Context(), granted(t, b, brief).Credential)
		defer stop()
		time.Sleep(time.Hour - 1)
		synctest.Wait()
		if work.Err() != nil {
			t.Fatal("the control: it stopped before")
		}
		time.Sleep(1)
		synctest.Wait()
		if !errors.Is(context.Cause(work), ErrCredential) {
			t.Errorf("its work goes on: %v", context.Cause(work))
		}
	})
}

func TestRotationEndsTheOldTokenWithTheNewOne(t *testing.T) {
	b, old, _ := told(t)
	next := issue(t, b, Credential{Principal: "sam"}, old.Digest().ID())
	if b.proves(Proof{Token: old}) {
		t.Error("the old token is good")
	}
	if !b.proves(Proof{Token: next}) || len(b.Credentials("sam")) != 1 {
		t.Error("the control: the new one is not good, or not alone")
	}
}

func TestTokenOfASubtreeReachesNothingBesideIt(t *testing.T) {
	b, _, whole := told(t)
	born(t, b, "root.1", "root.1.0", ledger.Note{Context: "ctx_mine"})
	born(t, b, "root.1.0", "root.1.0.0", ledger.Note{Context: "ctx_below"})
	born(t, b, "root.1.0.0", "root.1.0.0.0", ledger.Note{Context: "ctx_deep"})
	born(t, b, "root.1", "root.1.1", ledger.Note{Context: "ctx_sibling"})
	narrow := granted(t, b, issue(t, b, Credential{Principal: "dee", Root: "ctx_mine"}, ""))
	for id, agent := range map[ContextID]string{"ctx_mine": "root.1.0", "ctx_below": "root.1.0.0", "ctx_deep": "root.1.0.0.0"} {
		if got, err := b.Bind(narrow, id); err != nil || string(got) != agent {
			t.Errorf("the control: %s is %s, %v", id, got, err)
		}
	}
	for _, id := range []ContextID{"", "ctx_sibling", "ctx_none"} {
		if got, err := b.Bind(narrow, id); !errors.Is(err, ErrContext) {
			t.Errorf("%q beside the subtree was bound to %s, %v", id, got, err)
		}
	}
	for _, id := range []ContextID{"", "ctx_sibling", "ctx_mine"} {
		if _, err := b.Bind(granted(t, b, whole), id); err != nil {
			t.Errorf("the control: the whole tree's token: %q: %v", id, err)
		}
	}
	observe(t, b, ledger.Record{Event: revoked("root.1.0.0")})
	if got, err := b.Bind(narrow, "ctx_deep"); err != nil || got != "root.1.0.0.0" {
		t.Errorf("an orphan left the subtree: %s, %v", got, err)
	}
}

func TestPeerNarrowsAndNeverReplaces(t *testing.T) {
	b, free, _ := told(t)
	user, root := 1000, 0
	bound := issue(t, b, Credential{Principal: "sam", User: &user}, "")
	for _, peer := range []*int{nil, &root} {
		if b.proves(Proof{Token: bound, Peer: peer}) {
			t.Errorf("a token of user 1000 was taken from %v", peer)
		}
	}
	if b.proves(Proof{Peer: &user}) || b.proves(Proof{Token: NewToken(), Peer: &user}) {
		t.Error("the user of a process stood for a token")
	}
	if !b.proves(Proof{Token: bound, Peer: &user}) || !b.proves(Proof{Token: free}) || !b.proves(Proof{Token: free, Peer: &root}) {
		t.Error("the control was refused")
	}
}

func TestCertificateProvesOnlyAsOne(t *testing.T) {
	b, _, _ := told(t)
	known, stranger := digestOf([]byte("a certificate")), digestOf([]byte("another"))
	issueDigest(t, b, Credential{Principal: "sam", Kind: Certificate, Digest: known}, "")
	g, err := b.Authenticate(Proof{Certificate: known})
	if err != nil || g.Principal.Name != "sam" {
		t.Fatalf("the control: %v", err)
	}
	token := issue(t, b, Credential{Principal: "sam"}, "")
	for name, p := range map[string]Proof{
		"an unknown certificate":                   {Certificate: stranger},
		"a bad token beside a good certificate":    {Token: NewToken(), Certificate: known},
		"the digest of a token as a certificate's": {Certificate: token.Digest()},
		"the text of a certificate as a token":     {Token: "a certificate"},
		"nothing":                                  {},
	} {
		if b.proves(p) {
			t.Errorf("%s proved a principal", name)
		}
	}
	revoke(t, b, "sam", known.ID())
	if b.proves(Proof{Certificate: known}) {
		t.Error("a revoked certificate proved its principal")
	}
}

func TestWhatCannotBeIssuedIsRefused(t *testing.T) {
	b, sticky, _ := told(t)
	born(t, b, "root.1", "root.1.0", ledger.Note{Context: "ctx_dee"})
	born(t, b, "root", "root.2", ledger.Note{Principal: "eve"})
	born(t, b, "root.2", "root.2.0", ledger.Note{Context: "ctx_eve"})
	fresh := NewToken().Digest()
	good := Credential{ID: fresh.ID(), Principal: "dee", Kind: Bearer, Digest: fresh, Transitions: InvokeStart, Root: "ctx_dee"}
	if err := b.Check(Issue{Credential: good}); err != nil {
		t.Fatalf("the control: %v", err)
	}
	for want, change := range map[error]func(*Credential){
		errNoTransition: func(c *Credential) { c.Transitions = 0 },
		errPast:         func(c *Credential) { c.Expires = time.Now().Add(-time.Second) },
		errSticky:       func(c *Credential) { c.Principal = "sam" },
		ErrContext:      func(c *Credential) { c.Root = "ctx_eve" },
		ErrNotFound:     func(c *Credential) { c.Principal = "nobody" },
		errKnown:        func(c *Credential) { c.ID = sticky.Digest().ID() },
	} {
		c := good
		change(&c)
		if err := b.Check(Issue{Credential: c}); !errors.Is(err, want) {
			t.Errorf("wanted %v, got %v", want, err)
		}
	}
	for range maxCredentials - 1 {
		issue(t, b, Credential{Principal: "dee"}, "")
	}
	if err := b.Check(Issue{Credential: good}); !errors.Is(err, errMany) {
		t.Errorf("one too many: %v", err)
	}
}

func TestExpiredCredentialsTakeNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, _ := told(t)
		for range 10 {
			for range maxCredentials - 1 {
				issue(t, b, Credential{Principal: "sam", Expires: time.Now().Add(time.Minute)}, "")
			}
			time.Sleep(time.Minute)
		}
		issue(t, b, Credential{Principal: "sam"}, "")
		if n := len(b.keys); n != 3 {
			t.Errorf("%d credentials are kept", n)
		}
	})
}

func TestJournalOfBeforeCredentialsStillProves(t *testing.T) {
	b, token := NewBook(), NewToken()
	old := `{"name":"sam","mode":"sticky","token":"` + string(token.Digest()) + `","capabilities":["execution_shell"],"bits":3}`
	observe(t, b, ledger.Record{Time: time.Now(), Fact: &ledger.Fact{Kind: "principal", Body: []byte(old)}})
	if g := granted(t, b, token); g.Principal.Name != "sam" || g.Transitions != AllTransitions || g.Root != "" {
		t.Errorf("it was granted %+v", g)
	}
	revoke(t, b, "sam", token.Digest().ID())
	if b.proves(Proof{Token: token}) {
		t.Error("it cannot be revoked")
	}
}

func TestNoFactHoldsAToken(t *testing.T) {
	token := NewToken()
	fact, err := Issue{Credential: Credential{Kind: Bearer, Digest: token.Digest(), Transitions: Delegate | Elevate}}.Fact()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(fact.Body), string(token[len(tokenPrefix):])) {
		t.Error("the ledger would hold the token")
	}
	if !strings.Contains(string(fact.Body), `"delegate,elevate"`) {
		t.Errorf("the control: %s", fact.Body)
	}
}

func TestUnknownTransitionIsAnErrorAndNeverLess(t *testing.T) {
	for _, names := range [][]string{{"grant_override"}, {"register_tool"}, {"invoke_start", "x"}, {""}} {
		if s, err := ParseTransitions(names); err == nil || s != 0 {
			t.Errorf("%q is %s", names, s)
		}
	}
	if s, err := ParseTransitions(AllTransitions.Names()); err != nil || s != AllTransitions {
		t.Errorf("the control: %s, %v", s, err)
	}
	var none Transitions
	if none.Has(InvokeStart) || AllTransitions.Has(0) || Delegate.Has(Delegate|Revoke) {
		t.Error("a set has what is not in it")
	}
}
