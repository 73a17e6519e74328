package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"argus/internal/authority"
	agentv1 "argus/proto/argus/agent/v1"
)

// address are stories of who comes from elsewhere, over TLS.
func address() []story {
	return []story{
		{"a certificate that was issued acts over TLS, and no other", certificates},
		{"a token comes over TLS from whoever has a certificate too", tokenOverTLS},
	}
}

// secure writes the files that grpc.listen wants, and keeps the authority of clients.
func (h *house) secure() (err error) {
	if h.authority, err = authority.New(); err != nil {
		return err
	}
	own, err := h.authority.Certify()
	if err != nil {
		return err
	}
	return errors.Join(h.authority.Save(h.file("clients.pem")), authority.SaveKeyPair(own, h.file("grpc.pem"), h.file("grpc.key")))
}

func (h *house) file(name string) string { return filepath.Join(h.Folder, name) }

// from is a client at the address. It must be closed.
func (h *house) from(ctx context.Context, transport credentials.TransportCredentials, name, token string) (agent, *grpc.ClientConn, error) {
	now, err := h.Status(ctx)
	if err != nil {
		return agent{}, nil, err
	}
	conn, err := grpc.NewClient(now.GRPCAddress, grpc.WithTransportCredentials(transport))
	return clientOf(ctx, conn, name, token), conn, err
}

func (h *house) with(certs ...tls.Certificate) credentials.TransportCredentials {
	return credentials.NewTLS(&tls.Config{RootCAs: h.authority.Pool(), Certificates: certs})
}

// tries has a client at the address look at its agents.
func (h *house) tries(ctx context.Context, transport credentials.TransportCredentials, token string) error {
	a, conn, err := h.from(ctx, transport, "", token)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = a.Snapshot(a.ctx, &agentv1.SnapshotRequest{})
	return err
}

func certificates(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	mine, err := h.authority.Certify()
	if err != nil {
		return err
	}
	unknown, err := h.authority.Certify()
	if err != nil {
		return err
	}
	strange, err := authority.Stranger()
	if err != nil {
		return err
	}
	if err := authority.SaveKeyPair(mine, h.file(a.name+".pem"), h.file(a.name+".key")); err != nil {
		return err
	}
	var made struct{ Credential struct{ ID string } }
	if err := h.Ask(ctx, &made, "agent", "token", a.name, "--certificate", h.file(a.name+".pem"), "--only", "invoke_start"); err != nil {
		return err
	}
	before, err := h.calls(recall)
	if err != nil {
		return err
	}
	remote, conn, err := h.from(ctx, h.with(mine), a.name, "")
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := h.onlyCalls(remote); err != nil {
		return fmt.Errorf("by the certificate: %w", err)
	}
	for _, c := range []struct {
		what      string
		transport credentials.TransportCredentials
		token     string
		code      codes.Code
	}{
		{"one that was not issued", h.with(unknown), "", codes.Unauthenticated},
		{"a bad token beside a good one", h.with(mine), "argus_unknown", codes.Unauthenticated},
		{"one of another authority", h.with(strange), "", codes.Unavailable},
		{"none", h.with(), a.token, codes.Unavailable},
		{"no TLS", insecure.NewCredentials(), a.token, codes.Unavailable},
	} {
		if err := h.rejects(h.tries(ctx, c.transport, c.token), c.code); err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
	}
	if err := h.Tell(ctx, "agent", "revoke", a.name, "--credential", made.Credential.ID); err != nil {
		return err
	}
	if err := h.turnedAway(remote); err != nil {
		return fmt.Errorf("after its end: %w", err)
	}
	return h.reached(recall, before, 1)
}

func tokenOverTLS(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	cert, err := h.authority.Certify()
	if err != nil {
		return err
	}
	if err := h.tries(ctx, h.with(cert), a.token); err != nil {
		return err
	}
	local, _, err := h.issue(ctx, a.name, "--user", fmt.Sprint(os.Getuid()))
	if err != nil {
		return err
	}
	if err := h.rejects(h.tries(ctx, h.with(cert), local.token), codes.Unauthenticated); err != nil {
		return fmt.Errorf("a token of one user's processes, from elsewhere: %w", err)
	}
	foreign, _, err := h.issue(ctx, a.name, "--user", fmt.Sprint(os.Getuid()+1))
	if err != nil {
		return err
	}
	if err := h.turnedAway(foreign); err != nil {
		return fmt.Errorf("a token of another user's processes: %w", err)
	}
	_, err = local.call("", recall, `{}`)
	return err
}
