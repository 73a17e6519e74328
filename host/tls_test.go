package host

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"argus/host/config"
	"argus/internal/authority"
)

// pemFiles are a certificate, its key and the authority of clients.
func pemFiles(t *testing.T) config.GRPC {
	t.Helper()
	dir := t.TempDir()
	c := config.GRPC{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"),
		ClientCA: filepath.Join(dir, "clients.pem"),
	}
	ours, err := authority.New()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ours.Certify()
	if err := errors.Join(err, ours.Save(c.ClientCA), authority.SaveKeyPair(cert, c.Certificate, c.Key)); err != nil {
		t.Fatal(err)
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
