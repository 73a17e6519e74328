package mcp

import (
	"errors"
	"net/http"
	"strings"

	"argus/host/doorway"
	"argus/host/identity"
	"argus/host/mediate"
)

// The headers of the protocol, in the canonical form under which net/http keeps them.
const (
	headerSession = "Mcp-Session-Id"
	headerVersion = "Mcp-Protocol-Version"
)

// ServeHTTP admits a request or says why not: first whether it can come from a program of this machine that means this door, then
// whose it is. No byte of the body is read before that.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.inside.Enter() {
		f.refuse(w, deniedClosing)
		return
	}
	defer f.inside.Leave()
	if denied := f.place(r); denied != nil {
		f.refuse(w, denied)
		return
	}
	if f.crossOrigin(w, r) {
		return
	}
	g, denied := f.authenticate(r)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	ctx, stop := f.Mediator.Hold(r.Context(), g)
	defer stop()
	r = r.WithContext(ctx)
	switch r.Method {
	case http.MethodPost:
		f.post(w, r, g)
	case http.MethodGet:
		f.stream(w, r, g)
	case http.MethodDelete:
		f.endSession(w, r, g)
	default:
		w.Header().Set("Allow", "POST, GET, DELETE")
		f.refuse(w, deniedMethod)
	}
}

// place checks what the request believes to talk to.
func (f *Front) place(r *http.Request) *denial {
	if !doorway.HostIsHere(r) {
		return deniedHost
	}
	if !doorway.OriginIsAllowed(r, f.AllowedOrigins) {
		return deniedOrigin
	}
	if r.URL.Path != Path {
		return deniedPath
	}
	for _, name := range []string{"Authorization", headerSession, headerVersion, headerMethod, headerName, mediate.ContextHeader} {
		if len(r.Header[name]) > 1 {
			return deniedHeader
		}
	}
	return nil
}

// crossOrigin lets a browser read what an allowed origin may ask for, and answers its question whether it may. That question carries no
// token by design, and gets nothing but the answer.
func (f *Front) crossOrigin(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin") // an allowed one
	if origin == "" {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", headerSession)
	h.Set("Vary", "Origin")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "POST, GET, DELETE")
	h.Set("Access-Control-Allow-Headers", strings.Join(append([]string{
		"Authorization", "Content-Type", "Accept", headerSession, headerVersion, headerMethod, headerName, mediate.ContextHeader,
	}, askedParams(r.Header)...), ", "))
	f.done(w, http.StatusNoContent)
	return true
}

func (f *Front) authenticate(r *http.Request) (identity.Grant, *denial) {
	token, ok := identity.BearerToken(r.Header.Get("Authorization"))
	if !ok {
		return identity.Grant{}, deniedToken
	}
	g, err := f.Mediator.Authenticate(identity.Proof{Token: token, Peer: doorway.PeerOf(r.Context())})
	if err != nil {
		return identity.Grant{}, deniedToken
	}
	return g, nil
}

// bind finds the agent as which the request acts. Whatever is wrong with a context id, the answer is one.
func (f *Front) bind(r *http.Request, g identity.Grant) (mediate.Caller, *denial) {
	who, err := doorway.Bind(f.Mediator, r, g)
	switch {
	case errors.Is(err, identity.ErrNoAgent):
		return mediate.Caller{}, deniedAgent
	case err != nil:
		return mediate.Caller{}, deniedContext
	}
	return who, nil
}

// join finds the session that the request names. The caller must tell the sessions when it is done.
func (f *Front) join(r *http.Request, g identity.Grant) (*session, *denial) {
	id := r.Header.Get(headerSession)
	if id == "" {
		return nil, deniedNoneYet
	}
	s, known := f.sessions.use(g, id)
	if !known {
		return nil, deniedSession
	}
	return s, nil
}

// versionFits reports whether the revision that a request says it speaks is one of ours. Without the header it is the negotiated one.
func versionFits(r *http.Request) bool {
	version, sent := r.Header[headerVersion]
	return !sent || supported(version[0])
}

// endSession ends a session at its client's wish.
func (f *Front) endSession(w http.ResponseWriter, r *http.Request, g identity.Grant) {
	switch {
	case r.ContentLength != 0:
		f.refuse(w, deniedBody)
	case !versionFits(r):
		f.refuse(w, deniedVersion)
	case r.Header.Get(headerSession) == "":
		f.refuse(w, deniedNoneYet)
	case !f.sessions.end(g, r.Header.Get(headerSession)):
		f.refuse(w, deniedSession)
	default:
		f.done(w, http.StatusNoContent)
	}
}
