package llm

import (
	"errors"
	"net/http"
	"strings"

	"argus/host/doorway"
	"argus/host/front/llm/wire"
	"argus/host/identity"
	"argus/host/mediate"
)

// The headers in which a client can send a token of Argus or a key of the vendor's, in the canonical form under which net/http keeps them.
const (
	headerBearer = "Authorization"
	headerKey    = "X-Api-Key"
	headerOwn    = "Argus-Authorization"
)

// credential is what a request proves itself with, here and at the vendor.
type credential struct {
	token   identity.Token
	vendors http.Header // what the agent holds of the vendor's; empty where all of it is Argus's
}

// read finds the token. It stands where clients put the vendor's key, which then never comes with it; or in a header of its own, and then the key
// beside it is the vendor's. What looks like a token of ours is never taken for a key of theirs.
func readCredential(h http.Header) (credential, bool) {
	bearer, okBearer := identity.BearerToken(h.Get(headerBearer))
	key, okKey := identity.BearerToken("Bearer " + h.Get(headerKey))
	if own := h.Get(headerOwn); own != "" {
		token, ok := identity.BearerToken(own)
		c := credential{token: token, vendors: http.Header{}}
		for _, name := range []string{headerBearer, headerKey} {
			if value := h.Get(name); value != "" {
				c.vendors.Set(name, value)
			}
		}
		return c, ok && !okBearer && !okKey && !strings.Contains(h.Get(headerBearer)+h.Get(headerKey), string(token))
	}
	switch {
	case okBearer && (h.Get(headerKey) == "" || okKey && key == bearer):
		return credential{token: bearer}, true
	case okKey && h.Get(headerBearer) == "":
		return credential{token: key}, true
	}
	return credential{}, false
}

func (f *Front) authenticate(r *http.Request) (identity.Grant, credential, *wire.Failure) {
	c, ok := readCredential(r.Header)
	if !ok {
		return identity.Grant{}, credential{}, deniedToken
	}
	g, err := f.Mediator.Authenticate(identity.Proof{Token: c.token, Peer: doorway.PeerOf(r.Context())})
	if err != nil {
		return identity.Grant{}, credential{}, deniedToken
	}
	return g, c, nil
}

// bind finds the agent as which the request acts. Whatever is wrong with a context id, the answer is one.
func (f *Front) bind(r *http.Request, g identity.Grant) (mediate.Caller, *wire.Failure) {
	who, err := doorway.Bind(f.Mediator, r, g)
	switch {
	case errors.Is(err, identity.ErrNoAgent):
		return mediate.Caller{}, deniedAgent
	case err != nil:
		return mediate.Caller{}, deniedContext
	}
	return who, nil
}
