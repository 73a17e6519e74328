package llm

import (
	"net/http"
	"strings"

	"argus/host/doorway"
	"argus/host/front/llm/wire"
	"argus/host/mediate"
)

// way is where a request wants to go. Its shape is that of errors, also where nothing else of it is known.
type way struct {
	to     *Upstream
	path   string // at the vendor
	format wire.Format
	counts bool // it is read as a request to a model, and answered with a number
	shape  wire.Format
}

// ServeHTTP admits a request or says why not: first whether it can come from a program of this machine that means this door, then whose it is.
// No byte of the body is read before that.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to := f.way(r)
	if !f.inside.Enter() {
		f.refuse(w, to.shape, deniedClosing)
		return
	}
	defer f.inside.Leave()
	if denied := place(r); denied != nil {
		f.refuse(w, to.shape, denied)
		return
	}
	g, c, denied := f.authenticate(r)
	if denied != nil {
		f.refuse(w, to.shape, denied)
		return
	}
	if !f.Turns.Take(g.Principal.Name) {
		f.refuse(w, to.shape, deniedMany)
		return
	}
	defer f.Turns.Leave(g.Principal.Name)
	size := f.sizeOf(r)
	if !f.room.take(size) {
		f.refuse(w, to.shape, deniedBusy)
		return
	}
	defer f.room.give(size)
	who, denied := f.bind(r, g)
	if denied != nil {
		f.refuse(w, to.shape, denied)
		return
	}
	ctx, release := f.hold(r.Context())
	defer release()
	ctx, stop := f.Mediator.Hold(ctx, g)
	defer stop()
	ctx, end := f.Mediator.HoldAgent(ctx, who)
	defer end()
	x := &exchange{f: f, w: w, r: r.WithContext(ctx), way: to, who: who, past: f.memory.of(who.Agent), credential: c}
	denied = x.serve()
	if denied != nil {
		f.refuse(w, to.shape, denied)
	}
	if denied == deniedLarge {
		doorway.Drain(w, r)
	}
}

// exchange is one request of an agent and its answer.
type exchange struct {
	way
	f          *Front
	w          http.ResponseWriter
	r          *http.Request
	who        mediate.Caller
	past       *past
	credential credential
	keys       []string // of the vendor's with which it was asked, which the agent must not have; none where it sends its own
}

// serve answers, or says why there is no answer.
func (x *exchange) serve() *wire.Failure {
	if x.to == nil {
		return deniedUpstream
	}
	if x.format != nil {
		return x.converse()
	}
	if p, ok := x.to.admits(x.r.Method, x.path); ok {
		return x.pass(p)
	}
	return deniedPath
}

// way reads the path: the upstream's name, and the vendor's own path. An escape in it could be read otherwise at the vendor.
func (f *Front) way(r *http.Request) way {
	none := way{shape: anyShape}
	name, path, ok := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	to := f.upstreams[name]
	if !ok || to == nil { // also "/", and a name without a path
		return none
	}
	none.to, none.shape = to, to.Vendor.Shape
	path = "/" + path
	if strings.ContainsAny(path, "%\\") || strings.Contains(path, "//") || strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../") {
		return none
	}
	none.path = path
	if r.Method != http.MethodPost {
		return none
	}
	format := to.Vendor.Formats[path]
	if counted := to.Vendor.Counts[path]; counted != nil {
		format, none.counts = counted, true
	}
	if format != nil {
		none.format, none.shape = format, format
	}
	return none
}

// place checks what the request believes to talk to.
func place(r *http.Request) *wire.Failure {
	switch {
	case !doorway.HostIsHere(r):
		return deniedHost
	case !doorway.OriginIsAllowed(r, nil):
		return deniedOrigin
	}
	for _, name := range []string{headerBearer, headerKey, headerOwn, mediate.ContextHeader, "Content-Type", "Content-Encoding"} {
		if len(r.Header[name]) > 1 {
			return deniedHeader
		}
	}
	return nil
}

// refuse answers a request with an error, in the vendor's shape.
func (f *Front) refuse(w http.ResponseWriter, shape wire.Format, denied *wire.Failure) {
	h := w.Header()
	switch denied.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusRequestEntityTooLarge, http.StatusRequestTimeout:
		h.Set("Connection", "close") // the rest of the body is not read
	}
	f.whole(w, denied.Status, shape.Failure(*denied))
}
