package host

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"argus/host/config"
)

// tlsOf is how the address of the gRPC door is secured; nil where there is none. With a client_ca a client without a certificate of it does
// not get as far as a request.
func tlsOf(c config.GRPC) (*tls.Config, error) {
	if !c.Listen.IsValid() {
		return nil, nil
	}
	if info, err := os.Stat(c.Key); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, errors.Join(fmt.Errorf("grpc.key %s is absent or open to others: run chmod 600 on it", c.Key), err)
	}
	own, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, fmt.Errorf("read grpc.certificate and grpc.key: %w", err)
	}
	secured := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13}
	if c.ClientCA == "" {
		return secured, nil
	}
	text, err := os.ReadFile(c.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("read grpc.client_ca: %w", err)
	}
	secured.ClientCAs, secured.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !secured.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("grpc.client_ca %s holds no certificate", c.ClientCA)
	}
	return secured, nil
}
