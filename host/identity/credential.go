package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"argus/host/ledger"
)

// The kinds of the ledger facts by which credentials are remembered. The bodies are an Issue and a Revocation.
const (
	FactCredential = "credential"
	FactRevocation = "credential_revocation"
)

// maxCredentials bounds those of one principal that have not expired.
const maxCredentials = 32

// CredentialID names a credential toward people. It proves nothing.
type CredentialID string

// Kind says how a credential is proven.
type Kind string

// The kinds of credentials.
const (
	Bearer      Kind = "token"       // whoever sends it
	Certificate Kind = "certificate" // whoever has its key, in mutual TLS
)

// Credential is what may act for a principal. The zero value allows nothing.
type Credential struct {
	ID          CredentialID `json:"id"`
	Principal   string       `json:"principal"`
	Kind        Kind         `json:"kind"`
	Digest      Digest       `json:"digest"`
	Transitions Transitions  `json:"transitions"`      // that it may ask for
	Root        ContextID    `json:"root,omitempty"`   // the context whose subtree it covers; empty covers all of the principal's
	User        *int         `json:"user,omitempty"`   // the only user whose processes may present it, over a socket; nil does not narrow
	Issued      time.Time    `json:"issued"`           //
	Expires     time.Time    `json:"expires,omitzero"` // zero is never
}

// Expired reports whether its time is over.
func (c Credential) Expired(now time.Time) bool { return !c.Expires.IsZero() && !now.Before(c.Expires) }

// presentable reports whether a process of that user may present it; nil is one that nobody vouches for.
func (c Credential) presentable(peer *int) bool {
	return c.User == nil || peer != nil && *peer == *c.User
}

// Issue is the birth of a credential, and of a rotation the end of the one before it, in one record.
type Issue struct {
	Credential Credential   `json:"credential"`
	Replaces   CredentialID `json:"replaces,omitempty"`
}

// Fact is how the ledger remembers the credential: by its digest only.
func (i Issue) Fact() (ledger.Fact, error) { return factOf(FactCredential, i) }

// Revocation is the end of credentials.
type Revocation struct {
	Principal   string         `json:"principal"`
	Credentials []CredentialID `json:"credentials"`
}

// Fact is how the ledger remembers the revocation.
func (r Revocation) Fact() (ledger.Fact, error) { return factOf(FactRevocation, r) }

func factOf(kind string, body any) (ledger.Fact, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return ledger.Fact{}, fmt.Errorf("encode %s: %w", kind, err)
	}
	return ledger.Fact{Kind: kind, Body: text}, nil
}

// Why a credential was not issued.
var (
	errNoTransition = errors.New("a credential that may ask for no transition is of no use")
	errPast         = errors.New("the credential would have expired already")
	errSticky       = errors.New("an agent with a sticky context has no other contexts: a credential cannot be narrowed to one")
	errMany         = fmt.Errorf("an agent has at most %d credentials: revoke one", maxCredentials)
	errKnown        = errors.New("this certificate is a credential already")
	// ErrNoCredential is of the operator's door: agents are told of none.
	ErrNoCredential = errors.New("this agent has no such credential: see `argus agent show NAME`")
)
