package grpc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"argus/host/identity"
	agentv1 "argus/proto/argus/agent/v1"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := authority{t: t, key: key, cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func (a authority) certify() tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestCertificateIsACredentialOverMutualTLS: one that was issued acts; one of the right authority that was not, one of another, none, and a
// client in the clear do not; and a bad token is not made up for by a good certificate.
func TestCertificateIsACredentialOverMutualTLS(t *testing.T) {
	ours, strange := newAuthority(t), newAuthority(t)
	r := openTLS(t, &tls.Config{
		Certificates: []tls.Certificate{ours.certify()}, ClientCAs: ours.pool(), ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
	})
	r.agent("dee", identity.Declared)
	issued := ours.certify()
	if _, _, err := r.mediator.Issue(t.Context(), identity.Credential{
		Principal: "dee", Kind: identity.Certificate, Transitions: identity.AllTransitions, Digest: identity.CertificateDigest(issued.Leaf),
	}); err != nil {
		t.Fatal(err)
	}
	by := func(certs ...tls.Certificate) credentials.TransportCredentials {
		return credentials.NewTLS(&tls.Config{RootCAs: ours.pool(), Certificates: certs})
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
		"not issued":               ask(by(ours.certify())),
		"a bad token beside it":    ask(by(issued), "Bearer "+string(identity.NewToken())),
		"an empty token beside it": ask(by(issued), ""),
	} {
		if got != codes.Unauthenticated {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, got := range map[string]codes.Code{
		"another authority's": ask(by(strange.certify())), "none": ask(by()), "in the clear": ask(insecure.NewCredentials()),
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
