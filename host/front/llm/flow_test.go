package llm

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"argus/internal/fakevendor"
	"argus/kernel"
)

// spoken are the APIs, each with a prompt that declares the tools of the rig, where the event begins that ends its answers, and a text in that event.
// From there on nothing is shown before all is known.
var spoken = []struct {
	name, path, body, end, within string
}{
	{"chat", chats, talkOf(user("Go."), true), `"finish_reason":"stop"`, `"obfuscation":"`},
	{"responses", "/vendor/v1/responses",
		fmt.Sprintf(`{"model":"m","stream":true,"tools":[%s],"input":[{"role":"user","content":"Go."}]}`, declared(`{"type":"function","name":%q,"description":%s,"parameters":%s}`)), "event: response.completed", `"model":"`},
	{"messages", "/claude/v1/messages",
		fmt.Sprintf(`{"model":"m","max_tokens":100,"stream":true,"tools":[%s],"messages":[{"role":"user","content":"Go."}]}`, declared(`{"name":%q,"description":%s,"input_schema":%s}`)), "event: message_delta", `"stop_reason":"`},
}

// declared are the tools of the rig in a format.
func declared(format string) string {
	var tools []string
	for _, d := range clientTools {
		tools = append(tools, fmt.Sprintf(format, d.name, about(d.name), d.schema))
	}
	return strings.Join(tools, ",")
}

// piecesOf is a text of so many pieces that differ.
func piecesOf(n int) (text string, pieces []string) {
	for i := range n {
		pieces = append(pieces, fmt.Sprintf("piece%04d ", i))
	}
	return strings.Join(pieces, ""), pieces
}

// together answers with a text and calls in the grammar of whoever asks, in one write.
func together(text string, calls ...fakevendor.Call) http.HandlerFunc {
	v := fakevendor.New(vendorKey, func(fakevendor.Conversation) fakevendor.Answer { return fakevendor.Answer{Text: text, Calls: calls} })
	v.Carry(fakevendor.Manner{Piece: len("piece0000 ")})
	return func(w http.ResponseWriter, r *http.Request) {
		all := httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+vendorKey)
		v.ServeHTTP(all, r)
		w.Header().Set("Content-Type", all.Header().Get("Content-Type"))
		_, _ = w.Write(all.Body.Bytes())
	}
}

// TestTextDoesNotWaitForADecision: what was said before a call is shown while the call is decided, though all came at once, and nothing of the call is.
func TestTextDoesNotWaitForADecision(t *testing.T) {
	text, pieces := piecesOf(5)
	last := pieces[len(pieces)-1]
	for _, api := range spoken {
		t.Run(api.name, func(t *testing.T) {
			r := open(t)
			a := r.agent("a")
			decided, late := make(chan struct{}), atomic.Bool{}
			decide := sync.OnceFunc(func() { close(decided) })
			defer time.AfterFunc(5*time.Second, func() { late.Store(true); decide() }).Stop()
			answer := together(text, fakevendor.Call{ID: "call_1", Tool: "read_db", Arguments: `{"n":4711}`})
			r.vendor.answers(func(w http.ResponseWriter, q *http.Request) {
				r.oracle.wait(decided)
				answer(w, q)
			})
			s := a.streamsFrom(api.path, api.body)
			var shown string
			for !strings.Contains(shown, last) {
				data := s.next()
				if data == "" {
					t.Fatalf("the stream broke off after %s", shown)
				}
				shown += data
			}
			if late.Load() || a.view().Flights.Len() != 0 {
				t.Error("the text waited for the decision")
			}
			if strings.Contains(shown, "call_1") || strings.Contains(shown, "4711") {
				t.Errorf("a call was shown before it was decided: %s", shown)
			}
			decide()
			if rest := s.rest(); !strings.Contains(rest, "call_1") || !strings.Contains(rest, "4711") {
				t.Errorf("the allowed call is not in the rest: %s", rest)
			}
		})
	}
}

// TestWhoEndsDuringADecisionHasNothingOfTheCall: all of it had come before its agent ended, and an answer of the oracle that comes later allows nothing.
func TestWhoEndsDuringADecisionHasNothingOfTheCall(t *testing.T) {
	text, pieces := piecesOf(5)
	for _, api := range spoken {
		t.Run(api.name, func(t *testing.T) {
			r := open(t)
			a := r.agent("a")
			decided := make(chan struct{})
			answer := together(text, fakevendor.Call{ID: "call_1", Tool: "read_db", Arguments: `{"n":4711}`})
			r.vendor.answers(func(w http.ResponseWriter, q *http.Request) {
				r.oracle.wait(decided)
				answer(w, q)
			})
			s := a.streamsFrom(api.path, api.body)
			for data := ""; !strings.Contains(data, pieces[len(pieces)-1]); {
				if data = s.next(); data == "" {
					t.Fatal("the stream broke off")
				}
			}
			if _, err := r.mediator.Fresh(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			close(decided)
			if rest := s.rest(); strings.Contains(rest, "call_1") || strings.Contains(rest, "4711") {
				t.Errorf("the stream ends with %s", rest)
			}
		})
	}
}

// TestTextDoesNotWaitForWhatHasNotCome: however the bytes of an answer are cut on their way, the client has every event that has come whole before the
// vendor sends more.
func TestTextDoesNotWaitForWhatHasNotCome(t *testing.T) {
	text, _ := piecesOf(30)
	for _, api := range spoken {
		for _, size := range []int{1, 50, 333, 4000} {
			t.Run(fmt.Sprintf("%s by %d", api.name, size), func(t *testing.T) {
				r := open(t)
				a := r.agent("a")
				var come atomic.Int64
				r.vendor.answers(func(w http.ResponseWriter, q *http.Request) {
					all := httptest.NewRecorder()
					together(text)(all, q)
					body := all.Body.Bytes()
					flows := bytes.LastIndex(body[:bytes.Index(body, []byte(api.end))], []byte("\n\n")) + 2 // from there on it waits for the end
					w.Header().Set("Content-Type", mediaSSE)
					for sent := 0; sent < len(body); {
						next := min(sent+size, len(body))
						_, _ = w.Write(body[sent:next])
						_ = http.NewResponseController(w).Flush()
						sent = next
						whole := int64(bytes.LastIndex(body[:min(sent, flows)], []byte("\n\n")) + 2)
						for end := time.Now().Add(10 * time.Second); whole > 1 && come.Load() < whole; time.Sleep(50 * time.Microsecond) {
							if time.Now().After(end) {
								t.Errorf("of %d bytes of whole events the client has %d", whole, come.Load())
								return
							}
						}
					}
				})
				response, err := r.http.Transport.RoundTrip(a.request(t.Context(), api.path, api.body))
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				for part := make([]byte, 1<<10); err == nil; {
					var n int
					n, err = response.Body.Read(part)
					come.Add(int64(n))
				}
				if err != io.EOF || come.Load() < int64(len(text)) {
					t.Errorf("%d bytes and %v", come.Load(), err)
				}
			})
		}
	}
}

// TestNoCallGoesOutWithTheTextBesideIt: an answer comes at once, long enough that it is shown in several parts, with a forbidden call at every place
// in such a part. The forbidden call is gone, the allowed one behind it and all of the text are there; without an oracle only the text is.
func TestNoCallGoesOutWithTheTextBesideIt(t *testing.T) {
	const canary = "canary-of-the-call"
	calls := []fakevendor.Call{
		{ID: "call_1", Tool: "send_mail", Arguments: `{"n":2,"to":"` + canary + `"}`},
		{ID: "call_2", Tool: "read_db", Arguments: `{"n":4711}`},
	}
	for _, api := range spoken {
		for _, down := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, oracle down %v", api.name, down), func(t *testing.T) {
				r := open(t)
				a := r.agent("a")
				a.meets(kernel.Sensitive, kernel.Verified)
				if down {
					r.oracle.fall()
				}
				for n := 1; n < 180; n += 1 + n/60 {
					text, pieces := piecesOf(n)
					r.vendor.answers(together(text, calls...))
					got := a.do(api.path, api.body).wants(200).body
					for _, piece := range pieces {
						if !strings.Contains(got, piece) {
							t.Fatalf("%d pieces: %q is missing in %s", n, piece, got)
						}
					}
					if strings.Contains(got, "canary") {
						t.Fatalf("%d pieces: the forbidden call is in %s", n, got)
					}
					if strings.Contains(got, "4711") == down || strings.Contains(got, `"code":"unavailable"`) != down || strings.Contains(got, "refused the call of send_mail") == down {
						t.Fatalf("%d pieces: got %s", n, got)
					}
				}
			})
		}
	}
}

// TestKeyIsInNoPartOfAStream: neither in the midst of what came at once, nor in what waits for the end. The control has neither.
func TestKeyIsInNoPartOfAStream(t *testing.T) {
	text, pieces := piecesOf(100)
	for _, api := range spoken {
		for _, place := range []string{"the middle", "the end", "nowhere"} {
			t.Run(api.name+", "+place, func(t *testing.T) {
				r := open(t)
				r.vendor.answers(func(w http.ResponseWriter, q *http.Request) {
					all := httptest.NewRecorder()
					together(text)(all, q)
					body := all.Body.String()
					at := len(body)
					switch place {
					case "the middle":
						at = strings.Index(body, pieces[50])
					case "the end":
						at = strings.Index(body, api.end)
						at += strings.Index(body[at:], api.within) + len(api.within)
					}
					if at < len(body) {
						body = body[:at] + vendorKey + body[at:]
					}
					w.Header().Set("Content-Type", mediaSSE)
					_, _ = io.WriteString(w, body)
				})
				got := r.agent("a").do(api.path, api.body).body
				broken := strings.Contains(got, "it holds the vendor's key")
				if strings.Contains(got, vendorKey) || broken != (place != "nowhere") {
					t.Errorf("got %s", got)
				}
			})
		}
	}
}
