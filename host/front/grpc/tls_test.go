package grpc

import (
	"crypto/tls"
	"net"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"argus/host/identity"
	"argus/internal/authority"
	agentv1 "argus/proto/argus/agent/v1"
)

func newAuthority(t *testing.T) *authority.Authority {
	t.Helper()
	a, err := authority.New()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func certify(t *testing.T, a *authority.Authority) tls.Certificate {
	t.Helper()
	c, err := a.Certify()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCertificateIsACredentialOverMutualTLS: one that was issued acts; one of the right authority that was not, one of another, none, and a
// client in the clear do not; and a bad token is not made up for by a good certificate.
func TestCertificateIsACredentialOverMutualTLS(t *testing.T) {
	ours, strange := newAuthority(t), newAuthority(t)
	r := openTLS(t, ours, true)
	r.agent("dee", identity.Declared)
	issued := certify(t, ours)
	if _, _, err := r.mediator.Issue(t.Context(), identity.Credential{
		Principal: "dee", Kind: identity.Certificate, Transitions: identity.AllTransitions, Digest: identity.CertificateDigest(issued.Leaf),
	}); err != nil {
		t.Fatal(err)
	}
	by := func(certs ...tls.Certificate) credentials.TransportCredentials {
		return credentials.NewTLS(&tls.Config{RootCAs: ours.Pool(), Certificates: certs})
	}
	ask := func(transport credentials.TransportCredentials, authorization ...string) codes.Code {
		t.Helper()
		r.over.transport = transport
		c := r.dial()
		defer c.Close()
		ctx := t.Context()
		for _, a := range authorization {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", a)
		}
		_, err := agentv1.NewKernelClient(c).Snapshot(ctx, &agentv1.SnapshotRequest{})
		return status.Code(err)
	}
	if got := ask(by(issued)); got != codes.OK {
		t.Errorf("the control: %s", got)
	}
	for name, got := range map[string]codes.Code{
		"not issued":               ask(by(certify(t, ours))),
		"a bad token beside it":    ask(by(issued), "Bearer "+string(identity.NewToken())),
		"an empty token beside it": ask(by(issued), ""),
	} {
		if got != codes.Unauthenticated {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, got := range map[string]codes.Code{
		"another authority's": ask(by(certify(t, strange))), "none": ask(by()), "in the clear": ask(insecure.NewCredentials()),
	} {
		if got != codes.Unavailable {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestAddressWithoutTLSIsNotServed: the zero value does not listen in the clear.
func TestAddressWithoutTLSIsNotServed(t *testing.T) {
	r := open(t)
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.front.ServeTLS(at); err == nil {
		t.Error("it was served")
	}
}
