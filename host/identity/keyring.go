package identity

import (
	"cmp"
	"context"
	"slices"
	"time"

	"argus/kernel"
)

// keyring holds the credentials that were neither revoked nor replaced. Of its digest a credential has its id, so one map finds both.
type keyring map[CredentialID]*entry

// entry is a credential and what to stop when it ends.
type entry struct {
	Credential
	acting map[*context.CancelCauseFunc]bool
}

func (k keyring) add(c Credential) {
	k.remove(c.ID)
	k[c.ID] = &entry{Credential: c, acting: map[*context.CancelCauseFunc]bool{}}
}

// remove forgets a credential and stops whatever is done by it.
func (k keyring) remove(id CredentialID) {
	e, known := k[id]
	if !known {
		return
	}
	delete(k, id)
	for stop := range e.acting {
		(*stop)(ErrCredential)
	}
}

// of lists those of a principal that have not expired, by when they were issued.
func (k keyring) of(principal string, now time.Time) []Credential {
	var list []Credential
	for _, e := range k {
		if e.Principal == principal && !e.Expired(now) {
			list = append(list, e.Credential)
		}
	}
	slices.SortFunc(list, func(a, b Credential) int { return cmp.Or(a.Issued.Compare(b.Issued), cmp.Compare(a.ID, b.ID)) })
	return list
}

// prune forgets the expired ones of a principal: nothing can be done by them any more.
func (k keyring) prune(principal string, now time.Time) {
	for id, e := range k {
		if e.Principal == principal && e.Expired(now) {
			k.remove(id)
		}
	}
}

// Proof is what a request proves itself with. The zero value proves nothing.
type Proof struct {
	Token       Token
	Certificate Digest // of the client's, whose key a TLS handshake has proven
	Peer        *int   // the user of the process at the other end of a socket; nil where the kernel of the machine does not say
}

// Grant is what a credential that was proven allows. The zero value allows nothing.
type Grant struct {
	Principal   Principal
	Credential  CredentialID
	Transitions Transitions
	Root        ContextID // the context whose subtree it covers; empty covers all of the principal's
}

// Authenticate finds what a proof allows. A token that was sent decides alone: one that is not good is never made up for by a certificate.
// The peer only narrows. What is unknown, expired, revoked or presented by another user is one and the same error.
func (b *Book) Authenticate(p Proof) (Grant, error) {
	kind, digest := Certificate, p.Certificate
	if p.Token != "" {
		kind, digest = Bearer, p.Token.Digest()
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	e, known := b.keys[digest.ID()]
	if !known || digest == "" || e.Digest != digest || e.Kind != kind || e.Expired(b.now()) || !e.presentable(p.Peer) {
		return Grant{}, ErrCredential
	}
	return Grant{Principal: b.principals[e.Principal], Credential: e.ID, Transitions: e.Transitions, Root: e.Root}, nil
}

// Bind finds the agent as which a request acts. id is what the client declared; empty is the principal's own present context. An id that is
// unknown, finished, of another principal or outside what the credential covers is one and the same error, so that a client learns nothing of
// others.
func (b *Book) Bind(g Grant, id ContextID) (kernel.AgentID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, known := b.keys[g.Credential]
	if !known || e.Principal != g.Principal.Name || e.Expired(b.now()) {
		return "", ErrCredential
	}
	if id == "" {
		return b.bindPresent(e)
	}
	if g.Principal.Mode != Declared {
		return "", ErrHeader
	}
	c, known := b.contexts[id]
	if !known || c.Principal != e.Principal || !c.within(e.Root) {
		return "", ErrContext
	}
	c.Used = b.now()
	return c.Agent, nil
}

func (b *Book) bindPresent(e *entry) (kernel.AgentID, error) {
	if e.Root != "" {
		return "", ErrContext
	}
	agent, known := b.present[e.Principal]
	if !known {
		return "", ErrNoAgent
	}
	return agent, nil
}

// Hold is ctx for what is done by a credential: it ends with the credential, by revocation, rotation or its time. The caller must stop it.
func (b *Book) Hold(ctx context.Context, id CredentialID) (_ context.Context, stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, known := b.keys[id]
	if !known {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(ErrCredential)
		return ctx, func() {}
	}
	untimed := func() {}
	if !e.Expires.IsZero() {
		ctx, untimed = context.WithDeadlineCause(ctx, e.Expires, ErrCredential)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	e.acting[&cancel] = true
	return ctx, func() {
		b.mu.Lock()
		delete(e.acting, &cancel)
		b.mu.Unlock()
		cancel(nil)
		untimed()
	}
}

// Credentials lists those of a principal that are good now, by when they were issued.
func (b *Book) Credentials(principal string) []Credential {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.keys.of(principal, b.now())
}

// Credential finds one of a principal that is good now.
func (b *Book) Credential(principal string, id CredentialID) (Credential, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	e, known := b.keys[id]
	if !known || e.Principal != principal || e.Expired(b.now()) {
		return Credential{}, ErrNoCredential
	}
	return e.Credential, nil
}

// Check reports why a credential cannot be issued.
func (b *Book) Check(i Issue) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := i.Credential
	p, known := b.principals[c.Principal]
	if !known {
		return ErrNotFound
	}
	root, covered := b.contexts[c.Root]
	held, taken := b.keys[c.ID]
	switch {
	case c.Transitions == 0:
		return errNoTransition
	case c.Expired(b.now()):
		return errPast
	case c.Root != "" && p.Mode != Declared:
		return errSticky
	case c.Root != "" && (!covered || root.Principal != c.Principal):
		return ErrContext
	case taken && !held.Expired(b.now()):
		return errKnown
	case i.Replaces == "" && len(b.keys.of(c.Principal, b.now())) >= maxCredentials:
		return errMany
	}
	return nil
}
