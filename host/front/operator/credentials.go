package operator

import (
	"context"
	"crypto/x509"
	"errors"
	"math"
	"time"

	"argus/host/identity"
	operatorv1 "argus/proto/argus/operator/v1"
)

// Credentials lists what may act for a principal now.
func (d *Door) Credentials(_ context.Context, q *operatorv1.CredentialsRequest) (*operatorv1.CredentialsReply, error) {
	if _, err := d.Mediator.Book.Principal(q.GetName()); err != nil {
		return nil, invalid("credentials", err)
	}
	return &operatorv1.CredentialsReply{Credentials: each(d.Mediator.Book.Credentials(q.GetName()), credentialOf)}, nil
}

func credentialOf(c identity.Credential) *operatorv1.Credential {
	w := &operatorv1.Credential{
		Id: string(c.ID), Kind: string(c.Kind), Transitions: c.Transitions.Names(), Root: string(c.Root), Issued: c.Issued.UTC().Format(time.RFC3339),
	}
	if c.User != nil {
		user := uint32(*c.User)
		w.User = &user
	}
	if !c.Expires.IsZero() {
		w.Expires = c.Expires.UTC().Format(time.RFC3339)
	}
	return w
}

// newCredential makes one more credential, or rotates a token.
func (d *Door) newCredential(ctx context.Context, q *operatorv1.AgentToken) (*operatorv1.ActReply, error) {
	life, err := lifetime(q)
	if err != nil {
		return nil, invalid("new credential", err)
	}
	var token identity.Token
	var made identity.Credential
	if q.GetReplaces() != "" {
		if len(q.GetTransitions()) > 0 || q.GetRoot() != "" || q.User != nil || len(q.GetCertificate()) > 0 {
			return nil, invalid("rotate", errors.New("a rotation keeps the scope: make another credential for another scope"))
		}
		token, made, err = d.Mediator.Rotate(ctx, q.GetName(), identity.CredentialID(q.GetReplaces()), life)
	} else {
		var asked identity.Credential
		if asked, err = credentialAsked(q, life); err != nil {
			return nil, invalid("new credential", err)
		}
		token, made, err = d.Mediator.Issue(ctx, asked)
	}
	if err != nil {
		return nil, err
	}
	return &operatorv1.ActReply{Token: string(token), Url: d.Daemon.URL(), Credential: credentialOf(made)}, nil
}

// lifetime is nil where none was given.
func lifetime(q *operatorv1.AgentToken) (*time.Duration, error) {
	if q.LifetimeSeconds == nil {
		return nil, nil
	}
	if q.GetLifetimeSeconds() > uint64(math.MaxInt64/time.Second) {
		return nil, errors.New("the lifetime is too long: 0 is one without an end")
	}
	life := time.Duration(q.GetLifetimeSeconds()) * time.Second
	return &life, nil
}

func credentialAsked(q *operatorv1.AgentToken, life *time.Duration) (identity.Credential, error) {
	c := identity.Credential{Principal: q.GetName(), Kind: identity.Bearer, Transitions: identity.AllTransitions, Root: identity.ContextID(q.GetRoot())}
	if life != nil && *life > 0 {
		c.Expires = time.Now().Add(*life)
	}
	if q.User != nil {
		user := int(q.GetUser())
		c.User = &user
	}
	if names := q.GetTransitions(); len(names) > 0 {
		var err error
		if c.Transitions, err = identity.ParseTransitions(names); err != nil {
			return c, err
		}
	}
	if der := q.GetCertificate(); len(der) > 0 {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return c, errors.New("the certificate cannot be read")
		}
		c.Kind, c.Digest = identity.Certificate, identity.CertificateDigest(certificate)
		if c.Expires.IsZero() || certificate.NotAfter.Before(c.Expires) {
			c.Expires = certificate.NotAfter
		}
	}
	return c, nil
}

func (d *Door) revoke(ctx context.Context, q *operatorv1.AgentRevoke) error {
	if q.GetCredential() == "" {
		return d.Mediator.Retire(ctx, q.GetName())
	}
	return d.Mediator.RevokeCredential(ctx, q.GetName(), identity.CredentialID(q.GetCredential()))
}
