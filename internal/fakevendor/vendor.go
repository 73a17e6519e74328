package fakevendor

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// mostBody bounds what is kept of one request.
const mostBody = 256 << 20

// Vendor is an http.Handler. Paths are those of the vendors: /v1/chat/completions, /v1/responses, /v1/messages and some that bring no call of
// a tool.
type Vendor struct {
	key    string
	script Script

	mu        sync.Mutex
	manner    Manner
	requests  []Request
	abandoned int
	serial    int
	kept      map[string][]Message // by the id of an answer: the whole conversation with it
}

// Request is one that arrived.
type Request struct {
	Method, Path string
	Header       http.Header
	Body         []byte // byte for byte, packed if it came so
}

// New is a vendor whose customers have the key. Anthropic's API and OpenAI's are told apart by the path.
func New(key string, script Script) *Vendor {
	return &Vendor{key: key, script: script, kept: map[string][]Message{}}
}

// Carry has the answers from now on carried in a manner.
func (v *Vendor) Carry(m Manner) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.manner = m
}

// Requests are all that arrived since the last Forget.
func (v *Vendor) Requests() []Request {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.requests)
}

// Forget drops the requests that were kept.
func (v *Vendor) Forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests, v.abandoned = nil, 0
}

// Abandoned counts the requests that a client left before their answer's end.
func (v *Vendor) Abandoned() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.abandoned
}

func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, mostBody))
	v.mu.Lock()
	v.requests = append(v.requests, Request{r.Method, r.URL.RequestURI(), r.Header.Clone(), raw})
	v.serial++
	serial, manner := v.serial, v.manner
	v.mu.Unlock()
	if err == nil {
		w.Header().Set("X-Ratelimit-Remaining-Requests", fmt.Sprint(10000-serial))
		w.Header().Set("Request-Id", fmt.Sprintf("req_%06d", serial))
		err = v.serve(w, r, raw, manner, fmt.Sprintf("%06d", serial))
	}
	if err != nil && r.Context().Err() != nil {
		v.mu.Lock()
		v.abandoned++
		v.mu.Unlock()
	}
}

// mistake is an error that the vendor tells its customer of.
type mistake struct {
	status  int
	what    string
	details string // an object of JSON, where the vendor says more
}

func (m mistake) Error() string { return m.what }

func invalid(what string) mistake { return mistake{status: http.StatusBadRequest, what: what} }

func (v *Vendor) serve(w http.ResponseWriter, r *http.Request, raw []byte, m Manner, serial string) error {
	d := dialectOf(r.URL.Path)
	answer, err := v.read(r, raw, m, d, serial)
	if wrong, is := errors.AsType[mistake](err); is {
		for name, values := range m.Header {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(wrong.status)
		_, err := w.Write(d.mistake(wrong))
		return err
	}
	return answer(w)
}

// read works out how to answer.
func (v *Vendor) read(r *http.Request, raw []byte, m Manner, d dialect, serial string) (func(http.ResponseWriter) error, error) {
	if given := cmp.Or(r.Header.Get("X-Api-Key"), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")); given != v.key {
		return nil, mistake{status: http.StatusUnauthorized, what: "the key is not one of ours"}
	}
	if m.Status != 0 {
		return nil, mistake{status: m.Status, what: "this is the error that was asked for"}
	}
	if m.Fault == Page {
		return func(w http.ResponseWriter) error {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, err := io.WriteString(w, page)
			return err
		}, nil
	}
	if fixed, is := plain[r.Method+" "+r.URL.Path]; is {
		return func(w http.ResponseWriter) error { return whole(w, r, m, fixed) }, nil
	}
	if r.Method != http.MethodPost || d.read == nil {
		return nil, mistake{status: http.StatusNotFound, what: "there is nothing at " + r.URL.Path}
	}
	body, err := unpack(r.Header, raw)
	if err != nil {
		return nil, invalid(err.Error())
	}
	q, err := d.read(body)
	if _, is := errors.AsType[mistake](err); err != nil && !is {
		err = invalid(err.Error())
	}
	if err != nil {
		return nil, err
	}
	return v.say(r, m, d, q, serial)
}

// say has the model speak.
func (v *Vendor) say(r *http.Request, m Manner, d dialect, q question, serial string) (func(http.ResponseWriter) error, error) {
	if q.previous != "" {
		v.mu.Lock()
		before, is := v.kept[q.previous]
		v.mu.Unlock()
		if !is {
			return nil, invalid("Previous response with id '" + q.previous + "' not found.")
		}
		q.Said = append(slices.Clone(before), q.Said...)
	}
	if err := q.check(); err != nil {
		return nil, invalid(err.Error())
	}
	t := turn{question: q, Answer: v.script(q.Conversation), serial: serial, at: time.Now().Unix(), manner: m}
	for i := range t.Calls {
		t.Calls[i].ID = cmp.Or(t.Calls[i].ID, fmt.Sprintf("%s%s_%d", d.calls, serial, i))
	}
	if q.keep {
		said := append(slices.Clone(q.Said), Message{Role: Model, Text: t.Text, Calls: t.Calls})
		v.mu.Lock()
		v.kept[t.id("resp_")] = said
		v.mu.Unlock()
	}
	if !q.Stream {
		return func(w http.ResponseWriter) error { return whole(w, r, m, d.whole(t)) }, nil
	}
	return func(w http.ResponseWriter) error {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		out, end := m.carry(w, r)
		return errors.Join(out.stream(d.events(t), d.broken), end())
	}, nil
}

// whole writes an answer that is not streamed.
func whole(w http.ResponseWriter, r *http.Request, m Manner, body string) error {
	w.Header().Set("Content-Type", "application/json")
	out, end := m.carry(w, r)
	switch m.Fault {
	case Stall:
		<-r.Context().Done()
		return r.Context().Err()
	case Cut:
		_, _ = io.WriteString(out.w, body[:len(body)/2])
		_ = out.flush()
		panic(http.ErrAbortHandler)
	case Garble:
		body = body[:len(body)/2]
	case Twice:
		body = twice + body[1:]
	case Huge:
		body = body[:len(body)-1] + `,"padding":"` + strings.Repeat("x", m.Size) + `"}`
	case Nothing, Short, Breakage, Page:
	}
	_, err := io.WriteString(out.w, body)
	return errors.Join(err, end())
}

func unpack(h http.Header, raw []byte) ([]byte, error) {
	if h.Get("Content-Encoding") != "gzip" {
		return raw, nil
	}
	packed, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(packed, mostBody))
}

// plain are the paths that bring no call of a tool, with their answers.
var plain = map[string]string{
	"GET /v1/models":                  `{"object":"list","data":[{"id":"gpt-5.2","object":"model","created":1760000000,"owned_by":"openai"}]}`,
	"POST /v1/embeddings":             `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.25,-0.5]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":2,"total_tokens":2}}`,
	"POST /v1/messages/count_tokens":  `{"input_tokens":12}`,
	"POST /v1/responses/input_tokens": `{"object":"response.input_tokens","input_tokens":12}`,
}

// quoted is a text as JSON has it.
func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always has a form
	}
	return string(out)
}
