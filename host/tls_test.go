package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"argus/host/config"
)

// pemFiles are a certificate, its key and, as the authority of clients, the certificate again.
func pemFiles(t *testing.T) config.GRPC {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, made, made, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := config.GRPC{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"),
		ClientCA: filepath.Join(dir, "cert.pem"),
	}
	for path, block := range map[string]*pem.Block{
		c.Certificate: {Type: "CERTIFICATE", Bytes: cert}, c.Key: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestAddressOfGRPCIsNeverHalfSecured(t *testing.T) {
	if secured, err := tlsOf(config.GRPC{}); secured != nil || err != nil {
		t.Errorf("without an address: %v, %v", secured, err)
	}
	secured, err := tlsOf(pemFiles(t))
	if err != nil || secured.ClientAuth != tls.RequireAndVerifyClientCert || secured.MinVersion != tls.VersionTLS13 {
		t.Fatalf("the control: %+v, %v", secured, err)
	}
	for name, spoil := range map[string]func(c *config.GRPC) error{
		"a key that others can read": func(c *config.GRPC) error { return os.Chmod(c.Key, 0o640) },
		"no key":                     func(c *config.GRPC) error { return os.Remove(c.Key) },
		"no certificate":             func(c *config.GRPC) error { return os.Remove(c.Certificate) },
		"an authority without one":   func(c *config.GRPC) error { c.ClientCA = c.Key; return nil },
		"no authority where it says": func(c *config.GRPC) error { c.ClientCA += ".none"; return nil },
	} {
		c := pemFiles(t)
		if err := spoil(&c); err != nil {
			t.Fatal(err)
		}
		if secured, err := tlsOf(c); err == nil || secured != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
