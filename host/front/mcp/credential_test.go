package mcp

import (
	"context"
	"os"
	"testing"
	"time"

	"argus/host/identity"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/internal/ijson"
)

// credential makes one more token of a principal, as the journal would tell of it.
func (m *fake) credential(t testing.TB, c identity.Credential) identity.Token {
	t.Helper()
	token := identity.NewToken()
	c.Kind, c.Digest, c.ID = identity.Bearer, token.Digest(), token.Digest().ID()
	c.Transitions = identity.AllTransitions
	fact, err := identity.Issue{Credential: c}.Fact()
	if err != nil {
		t.Fatal(err)
	}
	m.observe(t, ledger.Record{Fact: &fact})
	return token
}

func (m *fake) revoke(t testing.TB, principal string, token identity.Token) {
	t.Helper()
	fact, err := identity.Revocation{Principal: principal, Credentials: []identity.CredentialID{token.Digest().ID()}}.Fact()
	if err != nil {
		t.Fatal(err)
	}
	m.observe(t, ledger.Record{Fact: &fact})
}

func TestExpiredRevokedAndMissingTokensAreAnsweredAlike(t *testing.T) {
	d := open(t)
	brief := d.m.credential(t, identity.Credential{Principal: "alice", Expires: time.Now().Add(-time.Second)})
	taken := d.m.credential(t, identity.Credential{Principal: "alice"})
	d.do("POST", taken, hello).want(t, 200) // the control
	d.m.revoke(t, "alice", taken)
	answer := d.do("POST", "", hello)
	answer.want(t, 401)
	for name, token := range map[string]identity.Token{"expired": brief, "revoked": taken, "unknown": identity.NewToken()} {
		if g := d.do("POST", token, hello); g.status != 401 || g.body != answer.body {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
}

func TestRevocationEndsSessionsStreamsAndOpenRequests(t *testing.T) {
	d := open(t)
	taken := d.m.credential(t, identity.Credential{Principal: "alice"})
	begun, ended := make(chan struct{}), make(chan error, 1)
	d.m.tool = func(ctx context.Context, name string, _ ijson.Value) (mediate.Reply, error) {
		if name == "wait" {
			close(begun)
			<-ctx.Done()
			ended <- context.Cause(ctx)
		}
		return mediate.Reply{Result: emptyObject}, nil
	}
	mine, theirs := d.session(taken), d.session(d.alice)
	stream, control := d.listen(taken, mine), d.listen(d.alice, theirs)
	go d.ask(taken, mine, "tools/call", `{"name":"wait"}`)
	within(t, "the call begins", begun)
	d.m.revoke(t, "alice", taken)
	if err := <-ended; err != identity.ErrCredential {
		t.Errorf("the open request ended for %v", err)
	}
	if event := stream.next(); event != "" {
		t.Errorf("the stream is told %s", event)
	}
	for deadline := time.Now().Add(10 * time.Second); d.sessionsOf("alice") != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("its session is kept")
		}
	}
	d.ask(d.alice, theirs, "tools/call", `{"name":"echo"}`).result(t)
	d.m.replace(nil)
	if event := control.next(); event != toldTools {
		t.Errorf("the control: another credential's stream is told %q", event)
	}
}

func (d *door) sessionsOf(principal string) int {
	d.f.sessions.mu.Lock()
	defer d.f.sessions.mu.Unlock()
	return len(d.f.sessions.of[principal])
}

func TestSessionIsFoundOnlyByTheCredentialThatOpenedIt(t *testing.T) {
	d := open(t)
	other := d.m.credential(t, identity.Credential{Principal: "alice"})
	session := d.session(d.alice)
	d.ask(other, session, "ping", "").want(t, 404)
	d.do("DELETE", other, "", "Mcp-Session-Id", session).want(t, 404)
	d.ask(d.alice, session, "ping", "").result(t)
}

func TestTokenOfASubtreeActsAsNothingBesideIt(t *testing.T) {
	d := open(t)
	d.m.child(t, "bob", "ctx_two")
	narrow := d.m.credential(t, identity.Credential{Principal: "bob", Root: "ctx_one"})
	d.do("POST", narrow, hello, mediate.ContextHeader, "ctx_one").want(t, 200)
	d.do("POST", narrow, hello, mediate.ContextHeader, "ctx_two").want(t, 400)
	d.do("POST", narrow, hello).want(t, 400)
	d.do("POST", d.bob, hello, mediate.ContextHeader, "ctx_two").want(t, 200)
}

func TestTokenOfAUserIsTakenOnlyFromItsProcesses(t *testing.T) {
	d := open(t)
	us, them := os.Getuid(), os.Getuid()+1
	ours := d.m.credential(t, identity.Credential{Principal: "alice", User: &us})
	others := d.m.credential(t, identity.Credential{Principal: "alice", User: &them})
	overTCP := d.http
	d.http = toSocket(d.withSocket())
	d.do("POST", ours, hello, "Host", SocketHost).want(t, 200)
	d.do("POST", others, hello, "Host", SocketHost).want(t, 401)
	d.do("POST", "", hello, "Host", SocketHost).want(t, 401)
	d.http = overTCP
	d.do("POST", ours, hello).want(t, 401) // nobody says whose process it is
	d.do("POST", d.alice, hello).want(t, 200)
}
