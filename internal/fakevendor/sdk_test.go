package fakevendor_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"argus/internal/fakevendor"
	"argus/internal/fakevendor/ask"
)

const key = "the-key"

var apis = []fakevendor.API{fakevendor.Chat, fakevendor.Responses, fakevendor.Messages}

// TestOfficialClientsReadEveryAnswer holds the grammar to the parsers of the clients.
func TestOfficialClientsReadEveryAnswer(t *testing.T) {
	calls := []fakevendor.Call{{ID: "call-1", Tool: "read_mail", Arguments: `{}`}, {ID: "call-2", Tool: "post_out", Arguments: `{"text":"schöne Grüße\n\"bye\""}`}}
	for name, says := range map[string]fakevendor.Answer{
		"text":           {Text: "Good morning, schöner Tag: \"quoted\"."},
		"calls":          {Calls: calls},
		"text and calls": {Text: "I shall look.", Calls: calls},
		"thoughts":       {Thinking: "What could it be?", Text: "This.", Calls: calls},
		"a long text":    {Text: strings.Repeat("word ", 1000)},
	} {
		for _, api := range apis {
			for _, stream := range []bool{false, true} {
				for _, packed := range []bool{false, true} {
					v := fakevendor.New(key, func(fakevendor.Conversation) fakevendor.Answer { return says })
					v.Carry(fakevendor.Manner{Gzip: packed})
					server := httptest.NewServer(v)
					got, err := ask.Of(t.Context(), api, ask.Place{Base: server.URL, Key: key}, "hello", stream)
					server.Close()
					want := says
					if api == fakevendor.Chat {
						want.Thinking = "" // is not told there
					}
					if err != nil {
						t.Errorf("%s of %s, streamed %v: %v", name, api, stream, err)
					} else if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s of %s, streamed %v:\n%s", name, api, stream, diff)
					}
				}
			}
		}
	}
}

// TestOfficialClientsNoticeEveryFault shows that no fault passes for an answer.
func TestOfficialClientsNoticeEveryFault(t *testing.T) {
	for name, m := range map[string]fakevendor.Manner{
		"stall":    {Fault: fakevendor.Stall, At: 3},
		"cut":      {Fault: fakevendor.Cut, At: 3},
		"short":    {Fault: fakevendor.Short, At: 3},
		"garble":   {Fault: fakevendor.Garble, At: 3},
		"breakage": {Fault: fakevendor.Breakage, At: 3},
		"page":     {Fault: fakevendor.Page},
	} {
		for _, api := range apis {
			for _, stream := range []bool{false, true} {
				if (name == "breakage" || name == "short") && !stream {
					continue
				}
				v := fakevendor.New(key, func(fakevendor.Conversation) fakevendor.Answer {
					return fakevendor.Answer{Text: "some text in many pieces"}
				})
				v.Carry(m)
				server := httptest.NewServer(v)
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				got, err := ask.Of(ctx, api, ask.Place{Base: server.URL, Key: key}, "hello", stream)
				cancel()
				server.CloseClientConnections()
				server.Close()
				if err == nil && got.Text == "some text in many pieces" {
					t.Errorf("%s of %s, streamed %v: nothing was noticed", name, api, stream)
				}
			}
		}
	}
}

func TestErrorsAreTheOnesThatTheClientsKnow(t *testing.T) {
	for _, api := range apis {
		for _, status := range []int{400, 429, 500} {
			v := fakevendor.New(key, nil)
			v.Carry(fakevendor.Manner{Status: status, Header: map[string][]string{"Retry-After": {"7"}}})
			server := httptest.NewServer(v)
			_, err := ask.Of(t.Context(), api, ask.Place{Base: server.URL, Key: key}, "hello", true)
			server.Close()
			if told, is := ask.AsTold(err); !is || told.Status != status || told.Header.Get("Retry-After") != "7" {
				t.Errorf("%s, %d: %v", api, status, err)
			}
		}
	}
}
