package llm

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"argus/kernel"
)

// TestKeyIsFoundWhereverItStands: also at the ends of a text, behind what looks like it, and without any character that is seldom.
func TestKeyIsFoundWhereverItStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[abQkz-]{1,6}`).Draw(t, "key")
		text := []byte(rapid.StringMatching(`[abQkz-]{0,40}`).Draw(t, "text"))
		if got, want := contains(text, key), bytes.Contains(text, []byte(key)); got != want {
			t.Fatalf("%q in %q: %v", key, text, got)
		}
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		if with := append(append(bytes.Clone(text[:at]), key...), text[at:]...); !contains(with, key) {
			t.Fatalf("%q is not found in %q", key, with)
		}
	})
}

// TestKeyOfAnEarlierRoundIsSearchedToo: what waits for the last round was said when the key was another.
func TestKeyOfAnEarlierRoundIsSearchedToo(t *testing.T) {
	for _, told := range []string{vendorKey, "no key"} {
		t.Run(told, func(t *testing.T) {
			path := keyFile(t, vendorKey)
			r := open(t, func(o *Options) { o.Retry, o.Upstreams[0].Key = true, KeyFile(path) })
			a := r.agent("a")
			a.meets(kernel.Sensitive, kernel.Verified)
			r.vendor.answers(inTurn(
				func(w http.ResponseWriter, q *http.Request) {
					if err := os.WriteFile(path, []byte("sk-the-next"), 0o600); err != nil {
						t.Error(err)
					}
					say("I have "+told+". ", `call_1 send_mail {}`)(w, q)
				},
				say("I read. ", `call_2 read_db {}`)))
			got := a.do(chats, talkOf(user("Go."), true)).body
			asked := r.vendor.asked()
			if len(asked) != 2 || asked[1].header.Get("Authorization") != "Bearer sk-the-next" {
				t.Fatalf("the vendor was asked %d times", len(asked))
			}
			if strings.Contains(got, vendorKey) || strings.Contains(got, "call_2") != (told != vendorKey) {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestKeyIsInNoCall: a call whose pieces spell the vendor's key together is neither shown nor carried out. The control is.
func TestKeyIsInNoCall(t *testing.T) {
	for _, told := range []string{vendorKey, "no key"} {
		for _, tool := range []string{"read_db", "weather"} {
			t.Run(tool+" with "+told, func(t *testing.T) {
				r := open(t, withHostTools)
				half := len(told) / 2
				r.vendor.answers(inTurn(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", mediaSSE)
					for _, delta := range []string{
						`{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"` + tool + `","arguments":""}}]}`,
						`{"tool_calls":[{"index":0,"function":{"arguments":"{\"q\":\"` + told[:half] + `"}}]}`,
						`{"tool_calls":[{"index":0,"function":{"arguments":"` + told[half:] + `\"}"}}]}`,
					} {
						fmt.Fprintf(w, `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":%s,"finish_reason":null}]}`+"\n\n", delta)
					}
					io.WriteString(w, `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`+"\n\ndata: [DONE]\n\n")
				}, say("Done.")))
				got := r.agent("a").do(chats, talkOf(user("Go."), true)).body
				if passes := strings.Contains(got, "call_1") || len(r.servers.made()) > 0; passes != (told != vendorKey) {
					t.Errorf("calls %v, and %s", r.servers.made(), got)
				}
			})
		}
	}
}
