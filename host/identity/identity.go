// Package identity binds a credential to a principal, and a principal to the agent it may act as.
//
// It decides whose request this is, and what that credential may ask for. It trusts the journal it is rebuilt from and nothing that a
// request says of itself: a context id only selects among the contexts that the credential covers, and the user of a process at the other end
// of a socket only narrows, never proves. It never judges data flow, and it never keeps a token: only a digest of it.
package identity

import (
	"errors"
	"fmt"
	"regexp"

	"argus/host/ledger"
	"argus/kernel"
)

// Mode says how a principal's contexts come to be.
type Mode string

const (
	// Sticky: every request acts as the principal's one present context, which only a person replaces.
	Sticky Mode = "sticky"
	// Declared: the client is trusted to keep contexts apart and says by id as which it acts.
	Declared Mode = "declared"
)

// Principal is a configured name that credentials prove. Token is the first of them, which may ask for everything and does not expire. The zero value proves nothing and holds nothing.
type Principal struct {
	Name         string              `json:"name"`
	Mode         Mode                `json:"mode"`
	Token        Digest              `json:"token"`
	Capabilities []kernel.Capability `json:"capabilities"`
	Bits         uint64              `json:"bits"`
}

var principalName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// Check reports what is wrong with a principal that a person asks for.
func (p Principal) Check() error {
	if !principalName.MatchString(p.Name) {
		return fmt.Errorf("agent name %q: use 1 to 32 of a-z, 0-9 and -, beginning with a letter", p.Name)
	}
	if p.Mode != Sticky && p.Mode != Declared {
		return fmt.Errorf("context %q: use %q or %q", p.Mode, Sticky, Declared)
	}
	return nil
}

// Why a request was not bound to an agent. A front tells the caller no more than the text.
var (
	ErrCredential = errors.New("the credential is missing, unknown, expired or revoked")
	ErrContext    = errors.New("no such context")
	ErrNoAgent    = errors.New("this agent has no present context: run `argus agent fresh NAME`")
	ErrHeader     = errors.New("this agent's contexts are sticky: a context id is not accepted")
	ErrExists     = errors.New("an agent of that name exists already")
	ErrNotFound   = errors.New("no agent of that name: see `argus agent list`")
)

// Fact is how the ledger remembers the principal. The token is in it as a digest only.
func (p Principal) Fact() (ledger.Fact, error) { return factOf(FactPrincipal, p) }
