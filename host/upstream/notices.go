package upstream

import (
	"strconv"
	"time"

	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// Bounds of one notice, in bytes.
const (
	maxNotice = 256 << 10
	maxURI    = 8 << 10
)

// progressed passes on how far a call has come. It reports whether that was of a call which wants to know. The token is the call's id.
func (in *inbox) progressed(params ijson.Value) bool {
	token, _ := params.Member("progressToken")
	id, err := strconv.ParseInt(token.Raw(), 10, 64)
	if err != nil || !shaped(params, "progress", ijson.Numeric) ||
		!mayBe(params, "total", ijson.Numeric) || !mayBe(params, "message", ijson.String) {
		return false
	}
	f := in.calls.flight(id)
	return f != nil && f.progress && in.fits(params) && f.hears(func(l Listener) {
		l.Told(Notice{registry.Progress, pick(params, "progress", "total", "message")})
	})
}

// logged passes on a log message, which does not say to which call it belongs. While calls are in flight, all are one agent's, and it goes to
// the newest that wants it. Else it is news; of a modern server it is nothing, which may log only in a request.
func (in *inbox) logged(params ijson.Value) bool {
	level, _ := params.Member("level")
	name, _ := level.Text()
	s := SeverityOf(name)
	_, says := params.Member("data")
	if s == 0 || !says || !mayBe(params, "logger", ijson.String) || !in.declared().Log || !in.fits(params) {
		return false
	}
	f, flying := in.calls.newest(func(f *flight) bool { return f.logs.Admits(s) })
	message := pick(params, "level", "logger", "data")
	if !flying && !in.modern.Load() {
		return in.tellNews(News{Kind: Logged, Channel: registry.Log, Params: message})
	}
	return f.hears(func(l Listener) { l.Told(Notice{registry.Log, message}) })
}

// updated passes on that a resource changed.
func (in *inbox) updated(params ijson.Value) bool {
	v, _ := params.Member("uri")
	uri, ok := v.Text()
	return ok && len(uri) <= maxURI && in.tellNews(News{Kind: Updated, Channel: registry.Resources, URI: uri})
}

// tellNews reports whether the observer was told: a server that always has news is not heard as often.
func (in *inbox) tellNews(n News) bool {
	if !in.news.spend(time.Now(), 1) {
		return false
	}
	in.server.observer.ServerSaid(in.server.spec.Name, n)
	return true
}

// fits reports whether a notice is short enough, alone and together with those before it.
func (in *inbox) fits(params ijson.Value) bool {
	size := len(params.Raw())
	return size <= maxNotice && in.said.spend(time.Now(), size)
}
