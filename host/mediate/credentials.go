package mediate

import (
	"context"
	"fmt"
	"time"

	"argus/host/fault"
	"argus/host/identity"
)

// Issue makes one more credential of a principal: the token that it answers with, which is shown once, or for a certificate, whose digest c
// has, none. Only the operator's door calls it.
func (m *Mediator) Issue(ctx context.Context, c identity.Credential) (identity.Token, identity.Credential, error) {
	m.people.Lock()
	defer m.people.Unlock()
	return m.issue(ctx, identity.Issue{Credential: c})
}

// Rotate replaces a token by a new one of the same scope; the old one ends in the same moment, with what is done by it. It lives for the
// given time, or, where that is nil, as long as the old one was made for. Only the operator's door calls it.
func (m *Mediator) Rotate(ctx context.Context, name string, id identity.CredentialID, life *time.Duration) (identity.Token, identity.Credential, error) {
	m.people.Lock()
	defer m.people.Unlock()
	old, err := m.Book.Credential(name, id)
	if err != nil {
		return "", identity.Credential{}, fault.New(fault.Invalid, "rotate", err)
	}
	if old.Kind != identity.Bearer {
		return "", identity.Credential{}, fault.New(fault.Invalid, "rotate", fmt.Errorf("%s is a certificate: add the new one, then revoke this", id))
	}
	if life == nil && !old.Expires.IsZero() {
		same := old.Expires.Sub(old.Issued)
		life = &same
	}
	next := old
	next.Expires = time.Time{}
	if life != nil && *life != 0 {
		next.Expires = time.Now().Add(*life)
	}
	return m.issue(ctx, identity.Issue{Credential: next, Replaces: id})
}

// issue records a credential. The caller holds the lock of acts on people.
func (m *Mediator) issue(ctx context.Context, i identity.Issue) (identity.Token, identity.Credential, error) {
	var token identity.Token
	if i.Credential.Kind == identity.Bearer {
		token = identity.NewToken()
		i.Credential.Digest = token.Digest()
	}
	i.Credential.ID, i.Credential.Issued = i.Credential.Digest.ID(), time.Now()
	if err := m.Book.Check(i); err != nil {
		return "", identity.Credential{}, fault.New(fault.Invalid, "new credential", err)
	}
	fact, err := i.Fact()
	if err != nil {
		return "", identity.Credential{}, fault.New(fault.Bug, "new credential", err)
	}
	return token, i.Credential, m.Ledger.Record(ctx, fact)
}

// RevokeCredential ends one credential, with the calls, sessions and streams that it opened. Only the operator's door calls it.
func (m *Mediator) RevokeCredential(ctx context.Context, name string, id identity.CredentialID) error {
	m.people.Lock()
	defer m.people.Unlock()
	if _, err := m.Book.Credential(name, id); err != nil {
		return fault.New(fault.Invalid, "revoke", err)
	}
	return m.revokeAll(ctx, name, []identity.CredentialID{id})
}

// Retire ends every credential of a principal, its present context and everything below that. Only the operator's door calls it.
func (m *Mediator) Retire(ctx context.Context, name string) error {
	m.people.Lock()
	defer m.people.Unlock()
	if _, err := m.Book.Principal(name); err != nil {
		return fault.New(fault.Invalid, "revoke", err)
	}
	var ids []identity.CredentialID
	for _, c := range m.Book.Credentials(name) {
		ids = append(ids, c.ID)
	}
	if err := m.revokeAll(ctx, name, ids); err != nil {
		return err
	}
	if _, present := m.Book.Present(name); !present {
		return nil
	}
	step, err := m.end(ctx, Caller{Principal: name}, name)
	if err == nil && step.Refusal != nil {
		err = fault.New(fault.Bug, "revoke", fmt.Errorf("the kernel refused to end %s: %s", name, step.Refusal.Sentence))
	}
	return err
}

func (m *Mediator) revokeAll(ctx context.Context, name string, ids []identity.CredentialID) error {
	fact, err := identity.Revocation{Principal: name, Credentials: ids}.Fact()
	if err != nil {
		return fault.New(fault.Bug, "revoke", err)
	}
	return m.Ledger.Record(ctx, fact)
}

// beyond refuses what the caller's credential may not ask for; nil when it may.
func (m *Mediator) beyond(who Caller, want identity.Transitions, tool string) *Refusal {
	if who.May.Has(want) {
		return nil
	}
	return m.refuseStep(who, tool, RuleCredential,
		fmt.Sprintf("the credential %s of %s may ask for %s, and this takes %s: argus agent token makes another", who.Credential, who.Principal, who.May, want))
}
