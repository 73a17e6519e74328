package llm

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"

	"argus/host/front/llm/wire"
)

// pass takes a request to the vendor that is not read beyond its path, and the answer back. A body is what the client says, and can hold what calls
// brought whose results it has not sent yet.
func (x *exchange) pass(p Pass) *wire.Failure {
	ctx := x.r.Context()
	q := question{method: x.r.Method, media: x.r.Header.Get("Content-Type"), accept: "*/*", query: x.r.URL.RawQuery}
	denied := x.body(func(text []byte) *wire.Failure {
		q.body = bytes.Clone(text)
		return nil
	})
	if denied != nil {
		return denied
	}
	if denied := x.mayPass(ctx, p, q); denied != nil {
		return denied
	}
	got, failure := x.ask(ctx, q)
	if failure != nil {
		return failure
	}
	defer got.close()
	return x.copy(got)
}

// saysNothing are queries in which a client can say next to nothing.
var saysNothing = regexp.MustCompile(`^(limit=[0-9]{1,4})?&?(beta=true)?$`)

// mayPass takes in what goes out and what will come back, and asks whether it may go.
func (x *exchange) mayPass(ctx context.Context, p Pass, q question) *wire.Failure {
	if err := x.past.take(ctx); err != nil {
		return x.f.failed(err)
	}
	defer x.past.leave()
	if len(q.body) > 0 || strings.Contains(p.Path, "*") || !saysNothing.MatchString(q.query) {
		label := x.f.UserLabel
		if pending, any := x.past.pending(); any {
			label = label.Join(pending)
		}
		if denied := x.elevate(ctx, "what its client says", label); denied != nil {
			return denied
		}
	}
	if p.Label != nil {
		if denied := x.elevate(ctx, "what the vendor answers to "+p.Method+" "+p.Path, *p.Label); denied != nil {
			return denied
		}
	}
	line := q.method + " " + x.path + "?" + q.query + "\n"
	return x.mayGo(ctx, append([]byte(line), q.body...))
}

// copy passes the answer on.
func (x *exchange) copy(got *reply) *wire.Failure {
	if got.status < http.StatusOK || got.status >= 300 && got.status < http.StatusBadRequest {
		return &wire.Failure{Status: http.StatusBadGateway, Code: failedBroken, Message: failedStatus}
	}
	body, err := got.all()
	switch {
	case err != nil:
		return x.f.unread(got, err)
	case x.showsKey(body), got.status != http.StatusOK && x.errorTellsKey(body):
		return &wire.Failure{Status: http.StatusBadGateway, Code: failedBroken, Message: failedStatus}
	}
	h := x.w.Header()
	for name, values := range got.header {
		h[name] = values
	}
	h["Cache-Control"] = []string{"no-store"}
	if media, sent := got.full["Content-Type"]; sent {
		h["Content-Type"] = media
	}
	_ = http.NewResponseController(x.w).SetWriteDeadline(x.f.deadline())
	x.w.WriteHeader(got.status)
	_, _ = io.Copy(x.w, bytes.NewReader(body)) // that the client is gone matters to nobody
	return nil
}
