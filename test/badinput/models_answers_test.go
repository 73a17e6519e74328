package badinput

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"argus/internal/fakevendor"
	"argus/internal/fakevendor/ask"
	"argus/test/daemon"
)

// everyWay asks by each API, streamed and not.
func (m *models) everyWay(t *testing.T, check func(api fakevendor.API, stream bool, got fakevendor.Answer, err error)) {
	t.Helper()
	for _, api := range apis {
		for _, stream := range []bool{false, true} {
			got, err := m.ask(t, api, stream)
			check(api, stream, got, err)
		}
	}
}

// noObjects are arguments that a client would take for none, or for others.
func noObjects(t *testing.T, m *models) {
	for _, arguments := range []string{`{"text":`, `text`, `[]`, `"text"`, `null`, `{"text":"a","text":"b"}`, `{} {}`, `{"text":"\ud800"}`, `{"text":1e999999}`} {
		m.behaves(fakevendor.Manner{}, fakevendor.Answer{Text: "here it is", Calls: []fakevendor.Call{{Tool: "post", Arguments: arguments}}})
		m.everyWay(t, func(api fakevendor.API, stream bool, got fakevendor.Answer, err error) {
			if len(got.Calls) > 0 {
				t.Errorf("%s by %s, streamed %v: forwarded as %v, %v", arguments, api, stream, got.Calls, err)
			}
			if err == nil && !strings.Contains(got.Text, "Argus refused") {
				t.Errorf("%s by %s, streamed %v: the client is told nothing: %q", arguments, api, stream, got.Text)
			}
		})
	}
}

// sameIDs are two calls by one id: whoever answers one of them would answer both.
func sameIDs(t *testing.T, m *models) {
	twice := fakevendor.Call{ID: "call-1", Tool: "post", Arguments: `{"text":"hello"}`}
	other := fakevendor.Call{ID: "call-1", Tool: "post", Arguments: `{"text":"other"}`}
	m.behaves(fakevendor.Manner{}, fakevendor.Answer{Calls: []fakevendor.Call{twice, other}})
	m.everyWay(t, func(api fakevendor.API, stream bool, got fakevendor.Answer, err error) {
		if err == nil || len(got.Calls) > 1 || !stream && len(got.Calls) > 0 {
			t.Errorf("%s, streamed %v: %v %v", api, stream, got, err)
		}
	})
}

// brokenAnswers are cut, garbled or no answers at all. What was decided until then may be with the client; its own parser must see that it is
// not whole.
func brokenAnswers(t *testing.T, m *models) {
	says := fakevendor.Answer{Text: "some text in many pieces", Calls: []fakevendor.Call{posting1}}
	for name, manner := range map[string]fakevendor.Manner{
		"cut in the text":      {Fault: fakevendor.Cut, At: 3},
		"cut at the end":       {Fault: fakevendor.Cut, At: -2},
		"short in the text":    {Fault: fakevendor.Short, At: 3},
		"short before the end": {Fault: fakevendor.Short, At: -3},
		"garbled":              {Fault: fakevendor.Garble, At: 3},
		"a member twice":       {Fault: fakevendor.Twice, At: 3},
		"an error":             {Fault: fakevendor.Breakage, At: 3},
		"a page":               {Fault: fakevendor.Page},
	} {
		m.behaves(manner, says)
		m.everyWay(t, func(api fakevendor.API, stream bool, got fakevendor.Answer, err error) {
			if !stream && (manner.Fault == fakevendor.Short || manner.Fault == fakevendor.Breakage) {
				return // these are of streams alone
			}
			if err == nil {
				t.Errorf("%s by %s, streamed %v: an answer like any other: %v", name, api, stream, got)
			}
			if at := manner.At; at >= 0 && len(got.Calls) > 0 {
				t.Errorf("%s by %s, streamed %v: calls of an answer that broke before them: %v", name, api, stream, got.Calls)
			}
			if told, is := ask.AsTold(err); !stream && (!is || told.Status != http.StatusBadGateway) {
				t.Errorf("%s by %s: the client does not know the error: %v", name, api, err)
			}
		})
	}
}

// largeEvents are larger than the 16 MiB that the daemon takes of one.
func largeEvents(t *testing.T, m *models) {
	m.behaves(fakevendor.Manner{Fault: fakevendor.Huge, At: 3, Size: 20 << 20}, fakevendor.Answer{Text: "some text in many pieces", Calls: []fakevendor.Call{posting1}})
	for _, api := range apis {
		grown := m.growth(t, largest, func() {
			if got, err := m.ask(t, api, true); err == nil || len(got.Calls) > 0 {
				t.Errorf("%s: %v %v", api, got, err)
			}
		})
		say(t, "an event of 20 MB by "+string(api), "the stream ended; "+grown)
	}
}

// vendorErrors are those of the vendor, with what it says about trying again.
func vendorErrors(t *testing.T, m *models) {
	for _, status := range []int{400, 401, 429, 500, 529} {
		headers := http.Header{"Retry-After": {"7"}, "X-Ratelimit-Limit-Requests": {"60"}, "Anthropic-Ratelimit-Requests-Limit": {"60"}}
		m.behaves(fakevendor.Manner{Status: status, Header: headers}, fakevendor.Answer{})
		m.everyWay(t, func(api fakevendor.API, stream bool, got fakevendor.Answer, err error) {
			told, is := ask.AsTold(err)
			if !is || told.Status != status || !strings.Contains(told.Body, "the error that was asked for") {
				t.Errorf("%d by %s, streamed %v: %v", status, api, stream, err)
			}
			limit := "X-Ratelimit-Limit-Requests"
			if api == fakevendor.Messages {
				limit = "Anthropic-Ratelimit-Requests-Limit"
			}
			if is && (told.Header.Get("Retry-After") != "7" || told.Header.Get(limit) != "60") {
				t.Errorf("%d by %s, streamed %v: headers %v", status, api, stream, told.Header)
			}
		})
	}
}

// leaving has the client go in the middle of an answer: the vendor must see it, and what was forwarded is settled.
func leaving(t *testing.T, m *models) {
	m.behaves(fakevendor.Manner{Fault: fakevendor.Stall, At: -1}, fakevendor.Answer{Text: "here", Calls: []fakevendor.Call{posting1}})
	for i, api := range apis {
		started, unknown := m.settled(t)
		ctx, cancel := context.WithCancel(t.Context())
		place := m.place(t, api)
		left := make(chan error, 1)
		go func() {
			_, err := ask.Of(ctx, api, place, "post it", true, postTool)
			left <- err
		}()
		daemon.Until(t, "the call is decided", func() bool { now, _ := m.settled(t); return now == started+1 })
		cancel()
		if err := <-left; err == nil {
			t.Errorf("%s: the client has not left", api)
		}
		daemon.Until(t, fmt.Sprintf("the vendor of %s is left too", api), func() bool { return m.vendor.Abandoned() == i+1 })
		daemon.Until(t, fmt.Sprintf("the call of %s is settled as unknown", api), func() bool { _, now := m.settled(t); return now == unknown+1 })
	}
}

// settled counts the calls that were started, and those that ended as unknown.
func (m *models) settled(t *testing.T) (started, unknown int) {
	t.Helper()
	for _, s := range m.Steps(t) {
		switch {
		case s.Do == "invoke_start":
			started++
		case s.Do == "invoke_complete" && s.Input.Outcome == "unknown":
			unknown++
		}
	}
	return started, unknown
}
