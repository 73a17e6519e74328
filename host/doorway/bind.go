package doorway

import (
	"net/http"

	"argus/host/identity"
	"argus/host/mediate"
)

// Binder finds the agent that a context id names, or without one the principal's present context.
type Binder interface {
	Bind(g identity.Grant, id identity.ContextID) (mediate.Caller, error)
}

// Bind finds the agent as which a request acts, by its header if it has one. Whatever is wrong with what the header says, the error is no
// [identity.ErrNoAgent].
func Bind(b Binder, r *http.Request, g identity.Grant) (mediate.Caller, error) {
	ids, sent := r.Header[mediate.ContextHeader]
	if !sent {
		return b.Bind(g, "")
	}
	if ids[0] == "" {
		return mediate.Caller{}, identity.ErrContext
	}
	return b.Bind(g, identity.ContextID(ids[0]))
}
