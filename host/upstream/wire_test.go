//go:build linux

package upstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"argus/internal/ijson"
)

func TestParametersCanNotFrameAMessage(t *testing.T) {
	params := "{\"a\":\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}\r\n,\"b\":\"x\u2028y\u2029z\u0085\",\"c\":\"€ ‰ é \\n\"}"
	line := string(appendOneLine(nil, []byte(params)))
	if strings.ContainsAny(line, "\n\r\u2028\u2029\u0085") {
		t.Fatalf("line ends are left in %q", line)
	}
	var before, after any
	if err := errors.Join(json.Unmarshal([]byte(params), &before), json.Unmarshal([]byte(line), &after)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(before, after) {
		t.Fatalf("%v became %v", before, after)
	}
	plain := `{"name":"a", "arguments":{"text":"plain — dash"}}`
	if got := string(appendOneLine(nil, []byte(plain))); got != plain {
		t.Errorf("%s became %s", plain, got)
	}
}

func TestParametersReachTheServerOnOneLine(t *testing.T) {
	s, _ := ready(t, quick(), rogue(t, ""))
	r, err := call(t, s, "rogue", "{\"a\":\n{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\"}\n}")
	if err != nil {
		t.Fatal(err)
	}
	if n := only(t, s).Counts.Strays; n != 0 {
		t.Errorf("the server answered %d messages beside the call", n)
	}
	echo, _ := r.Result.Member("echo")
	if inner, ok := echo.Member("a"); !ok || inner.Len() != 3 {
		t.Errorf("the server saw %s", echo.Raw())
	}
}

func TestMessagesUpToTheLimitAreRead(t *testing.T) {
	for _, limit := range []int{100, readBuffer - 1, readBuffer, readBuffer + 1, 3*readBuffer + 7} {
		exact := strings.Repeat("x", limit)
		in := newFrames(strings.NewReader("a\n"+exact+"\n\n"+exact+"x\n"), limit)
		for i, want := range []string{"a", exact, ""} {
			if got, err := in.next(); err != nil || got != want {
				t.Fatalf("limit %d, line %d: %d bytes, %v", limit, i, len(got), err)
			}
		}
		if _, err := in.next(); !errors.Is(err, errFrameTooLong) {
			t.Errorf("limit %d: one byte more gives %v", limit, err)
		}
	}
}

func TestEndOfOutputIsToldFromACutMessage(t *testing.T) {
	for text, want := range map[string]error{"": errOutputEnded, "a\n": errOutputEnded, "a": errFrameCut} {
		in := newFrames(strings.NewReader(text), 10)
		var err error
		for err == nil {
			_, err = in.next()
		}
		if !errors.Is(err, want) {
			t.Errorf("%q ends with %v", text, err)
		}
	}
	if _, err := newFrames(iotest.ErrReader(io.ErrClosedPipe), 10).next(); !errors.Is(err, io.ErrClosedPipe) {
		t.Error("an error of the pipe is lost")
	}
}

func FuzzFramesAreTheLines(f *testing.F) {
	f.Add("a\nbb\n\nccc", 3)
	f.Add(strings.Repeat("y", 2*readBuffer)+"\nz\n", 1<<20)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = 16 + (limit&0xffffff)%(4*readBuffer)
		in := newFrames(iotest.HalfReader(strings.NewReader(text)), limit)
		lines := strings.Split(text, "\n")
		for _, want := range lines[:len(lines)-1] {
			got, err := in.next()
			if len(want) > limit {
				if !errors.Is(err, errFrameTooLong) {
					t.Fatalf("a line of %d bytes over a limit of %d: %v", len(want), limit, err)
				}
				return
			}
			if err != nil || got != want {
				t.Fatalf("got %d bytes and %v, want %d", len(got), err, len(want))
			}
		}
		if _, err := in.next(); err == nil {
			t.Fatal("a line after the last")
		}
	})
}

// Whatever a server sends, acting on it does not panic, an answer that is accepted is the one that was written, and what a client hears has the
// shape of its kind.
func FuzzInboxSurvives(f *testing.F) {
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":1,"result":{}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}`,
		`{"jsonrpc":"2.0","id":"a","method":"ping"}`, `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`,
		`[]`, `{"jsonrpc":"2.0","id":null,"error":{"code":1e9,"message":""}}`, ``, `{"jsonrpc":"2.0","id":{},"method":"x"}`,
		asksRoots, asksSampling, asksForm, asksURL, strings.Replace(progress, "$token", "1", 1), logs,
		`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"u","_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
		`{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}`,
	} {
		f.Add(line, false)
		f.Add(line, true)
	}
	sink, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		f.Fatal(err)
	}
	defer sink.Close()
	f.Fuzz(func(t *testing.T, line string, modern bool) {
		w := newWitness()
		s := newServer(Spec{Name: "s"}, nil, w, Options{}.withDefaults())
		life := &session{server: s, out: newOutbox(sink, 1<<20), calls: newCalls(1), changed: make(chan struct{}, 1)}
		life.questions = newQuestions(life)
		life.channels.Store(&Channels{Abilities: everyAbility, Log: true})
		life.modern.Store(modern)
		life.listening.Store(newListening(life, ijson.Value{}))
		c := newClient(nil)
		_, answer, err := life.calls.begin(&flight{listener: c, abilities: everyAbility, logs: 1, progress: true, questions: life.questions})
		if err != nil {
			t.Fatal(err)
		}
		in := inbox{session: life, unasked: budget{most: 10}, said: budget{most: 1 << 20}, news: budget{most: 10}}
		if err := in.take(line); err != nil && !isViolation(err) {
			t.Fatalf("ended for %v", err)
		}
		select {
		case r := <-answer:
			if r.Error == nil && !strings.Contains(line, r.Result.Raw()) {
				t.Fatalf("%q was read as %q", line, r.Result.Raw())
			}
		default:
		}
		select {
		case q := <-c.asked:
			if _, shaped := needed(q.Channel, q.Params); !shaped || modern {
				t.Fatalf("%q asked %s %s", line, q.Channel, q.Params.Raw())
			}
		default:
		}
		if modern && len(w.news("s", 0)) > 0 {
			t.Fatalf("%q was news, which nobody listened for", line)
		}
	})
}

func TestBudgetIsPerWindow(t *testing.T) {
	b := budget{most: 2}
	now := time.Now()
	for i, want := range []bool{true, true, false, false} {
		if b.spend(now, 1) != want {
			t.Errorf("event %d: allowed is %v", i, !want)
		}
	}
	if !b.spend(now.Add(budgetWindow), 1) {
		t.Error("the next window starts spent")
	}
	if new(budget).spend(now, 1) {
		t.Error("the zero budget allows something")
	}
}

func TestLateAnswersAreForgottenInTheEnd(t *testing.T) {
	c := newCalls(1)
	for range 2 * remembered {
		id, _, err := c.begin(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !c.giveUp(id) {
			t.Fatal("a call can not be given up")
		}
	}
	if len(c.waiting) != remembered {
		t.Errorf("%d given-up calls are kept", len(c.waiting))
	}
	if c.give(1, Reply{}) || !c.give(2*remembered, Reply{}) {
		t.Error("the oldest was kept or the newest forgotten")
	}
}

// Offers and batches mix; no message may be lost, cut or overtaken.
func TestMessagesArriveWholeAndInOrder(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, ended := newOutbox(write, 64<<20), make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		if err := out.write(5*time.Second, ended); err != nil {
			t.Error(err)
		}
	})
	const messages = 5000
	params := make([]byte, 0, 1<<20)
	writer.Go(func() {
		for i := range messages {
			params = append(append(append(params[:0], '"'), bytes.Repeat([]byte("p"), i*i%4000*(i%50/49*20+1))...), '"')
			if err := out.request(int64(i), "m", params, nil); err != nil {
				t.Error(err)
			}
		}
	})
	lines := newFrames(read, 1<<20)
	for i := range messages {
		line, err := lines.next()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(line, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,`, i)) || !json.Valid([]byte(line)) {
			t.Fatalf("message %d begins %.40q and has %d bytes", i, line, len(line))
		}
	}
	close(ended)
	writer.Wait()
	write.Close()
	read.Close()
}
