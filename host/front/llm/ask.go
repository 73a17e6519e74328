package llm

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/host/identity"
	"argus/internal/ijson"
)

// transportOf talks to vendors: to the address that the configuration names and by no proxy, without compression, redirects or cookies.
func transportOf(p patience) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: p.connect}).DialContext,
		TLSHandshakeTimeout:    p.connect,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxHeaders,
		ReadBufferSize:         32 << 10, // as much as the reader of events takes at once
	}
}

// question is what the vendor is sent, beside the headers that go on.
type question struct {
	method string
	media  string // of the body; empty without one
	accept string
	query  string
	body   []byte
}

var (
	errStall = errors.New("the vendor was silent for too long")
	errLarge = errors.New("the vendor's answer is larger than its bound")
)

// reply is what a vendor answers. It is read within its bound, and each part of it within its time.
type reply struct {
	status int
	full   http.Header // as it came
	header http.Header // what of it goes on
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	stall  time.Duration
	body   io.ReadCloser // of the connection
	plain  io.Reader     // decoded
	left   int
}

// ask sends a question, and gives the reply once its header is there. The caller must close it.
func (x *exchange) ask(ctx context.Context, q question) (*reply, *wire.Failure) {
	ctx, cancel := context.WithCancelCause(ctx)
	got, failure := x.send(ctx, cancel, q)
	if failure != nil {
		cancel(nil)
	}
	return got, failure
}

func (x *exchange) send(ctx context.Context, cancel context.CancelCauseFunc, q question) (*reply, *wire.Failure) {
	r, err := http.NewRequestWithContext(ctx, q.method, x.to.target(x.path, q.query).String(), bytes.NewReader(q.body))
	if err != nil {
		return nil, x.f.failed(err)
	}
	copyHeaders(r.Header, x.r.Header, toVendor)
	if q.media != "" {
		r.Header["Content-Type"] = []string{q.media}
	}
	r.Header["Accept"] = []string{q.accept}
	if r.Header["User-Agent"] == nil {
		r.Header["User-Agent"] = []string{""} // or net/http names itself
	}
	switch {
	case anyValue(r.Header, tooLong):
		return nil, deniedLong
	case x.leaks(r.Header, q):
		return nil, deniedLeak
	}
	key, err := x.to.authorize(r.Header, x.credential)
	if err != nil {
		return nil, x.f.failed(err)
	}
	if key != "" && !slices.Contains(x.keys, key) {
		x.keys = append(x.keys, key)
	}
	timer := time.AfterFunc(x.f.patience.answer, func() { cancel(errStall) })
	response, err := x.f.transport.RoundTrip(r)
	timer.Stop()
	if err != nil {
		return nil, x.f.unreached(ctx, err)
	}
	got := &reply{
		status: response.StatusCode, full: response.Header, header: http.Header{}, ctx: ctx, cancel: cancel, timer: timer, stall: x.f.patience.stall,
		body: response.Body, plain: response.Body, left: maxAnswer,
	}
	copyHeaders(got.header, response.Header, toClient)
	if anyValue(got.header, x.holdsKey) {
		got.header = http.Header{}
	}
	switch response.Header.Get("Content-Encoding") {
	case "", "identity":
	case "gzip":
		got.plain = &unzip{from: response.Body}
	default:
		got.close()
		return nil, x.f.failed(wire.Broken{What: "it is encoded as was not asked for"})
	}
	return got, nil
}

// unzip reads the header of a compressed body with its first bytes, and not before somebody waits for them.
type unzip struct {
	from io.Reader
	z    *gzip.Reader
}

func (u *unzip) Read(p []byte) (int, error) {
	if u.z == nil {
		z, err := gzip.NewReader(u.from)
		if err != nil {
			return 0, err
		}
		u.z = z
	}
	return u.z.Read(p)
}

// Read reads the decoded body.
func (r *reply) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, errLarge
	}
	r.timer.Reset(r.stall)
	defer r.timer.Stop()
	n, err := r.plain.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

// all reads the rest.
func (r *reply) all() ([]byte, error) { return io.ReadAll(r) }

// soon is how long a vendor that has said all may take to hang up, so that the connection can be used again.
const soon = time.Second

func (r *reply) hurry() { r.stall = min(r.stall, soon) }

func (r *reply) close() {
	r.timer.Stop()
	r.cancel(nil)
	_ = r.body.Close()
}

// ended says why a request is over before its answer is, if it is.
func (f *Front) ended(ctx context.Context) *wire.Failure {
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return nil
	case errors.Is(cause, errStall):
		return failedStall
	case errors.Is(cause, identity.ErrCredential):
		return failedEnded
	case errors.Is(cause, identity.ErrNoAgent):
		return deniedAgent
	default:
		return f.failed(ctx.Err())
	}
}

// unreached says why there is no reply.
func (f *Front) unreached(ctx context.Context, err error) *wire.Failure {
	if over := f.ended(ctx); over != nil {
		return over
	}
	f.Logger.Info("a vendor was not reached", "error", err)
	return failedReach
}

// unread says why a reply is not whole.
func (f *Front) unread(got *reply, err error) *wire.Failure {
	var long sse.TooLong
	if errors.Is(err, errLarge) || errors.As(err, &long) {
		return f.failed(wire.Broken{What: "it is larger than Argus takes"})
	}
	if over := f.ended(got.ctx); over != nil {
		return over
	}
	f.Logger.Info("an answer broke off", "error", err)
	return failedCut
}

// relay passes on the error with which a vendor answers, if it is one of its API and can hold nothing that the agent must not have.
func (t *talk) relay(got *reply) *wire.Failure {
	status := got.status
	if status < http.StatusBadRequest || status > 599 {
		status = http.StatusBadGateway
	}
	own := &wire.Failure{Status: status, Code: failedBroken, Message: failedStatus}
	got.left = min(got.left, maxError)
	text, err := got.all()
	if err != nil || status != got.status || mediaOf(got.full) != mediaJSON {
		return own
	}
	v, err := ijson.Parse(text, ijson.AtMost(len(text)))
	if err != nil || v.Kind() != ijson.Object || t.tellsKey(v) {
		return own
	}
	return t.out.relay(own, text)
}
