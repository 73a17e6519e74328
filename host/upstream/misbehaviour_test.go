//go:build linux

package upstream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"argus/host/fault"
	"argus/internal/ijson"
)

// The control of all tests here: the same server, without a vice, is called and answers.
func TestHonestServerIsCalled(t *testing.T) {
	s, w := ready(t, quick(), rogue(t, ""))
	for i := range 100 {
		params := fmt.Sprintf(`{"name":"echo","arguments":{"i":%d}}`, i)
		r, err := call(t, s, "rogue", params)
		if err != nil {
			t.Fatal(err)
		}
		if echo, _ := r.Result.Member("echo"); echo.Raw() != params {
			t.Fatalf("the server saw %s", echo.Raw())
		}
	}
	if got := w.reasons("rogue", 1); got != nil {
		t.Fatalf("an honest server went down: %v", got)
	}
}

func TestBreachOfProtocolEndsServerAndCallAndServerStartsAgain(t *testing.T) {
	modes := map[string]string{
		"garbage":      "strict JSON",
		"dup-keys":     "twice",
		"deep-nesting": "nest",
		"bad-utf8":     "UTF-8",
		"batch":        "no JSON-RPC object",
		"both":         "both a result and an error",
		"neither":      "neither request nor answer",
		"other-case":   "spelling",
		"bad-error":    "no code and message",
		"bare-result":  "no object",
		"no-version":   "2.0",
		"flood":        "nobody asked for",
		"ping-flood":   "",
	}
	for mode, why := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s, w := ready(t, quick(), rogue(t, mode))
			_, err := call(t, s, "rogue", `{"name":"echo"}`)
			if fault.KindOf(err) != fault.Unavailable {
				t.Fatalf("the call ended with %v", err)
			}
			reason := w.awaitDown(t, "rogue")
			if !isViolation(reason) {
				t.Errorf("ended for %v", reason)
			}
			mustContain(t, reason, why)
			awaitReady(t, s, "rogue")
			if c := only(t, s).Counts; c.Violations != 1 || c.Starts != 2 {
				t.Errorf("counted %+v", c)
			}
		})
	}
}

func TestServerThatDiesFailsItsCallsAtOnce(t *testing.T) {
	s, w := ready(t, quick(), rogue(t, "dies-mid-call"))
	begun := time.Now()
	_, err := call(t, s, "rogue", `{"name":"echo"}`)
	if fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("the call ended with %v", err)
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("the caller waited %v", took)
	}
	mustContain(t, w.awaitDown(t, "rogue"), "exit status 1")
	awaitReady(t, s, "rogue")
}

func TestSecondAndUnknownAnswersAreDropped(t *testing.T) {
	for mode, answer := range map[string]string{"answers-twice": "first", "answers-unknown": "known"} {
		t.Run(mode, func(t *testing.T) {
			s, w := ready(t, quick(), rogue(t, mode))
			for range 10 {
				r, err := call(t, s, "rogue", `{"name":"echo"}`)
				if err != nil || text(t, r) != answer {
					t.Fatalf("got %v %v", r, err)
				}
			}
			if n := only(t, s).Counts.Strays; n < 9 {
				t.Errorf("%d strays counted", n)
			}
			if got := w.reasons("rogue", 1); got != nil {
				t.Errorf("the server was ended: %v", got)
			}
		})
	}
}

func TestTooManyStrayAnswersEndTheServer(t *testing.T) {
	s, w := ready(t, quick(), rogue(t, "answers-unknown", "-count", "101"))
	_, _ = call(t, s, "rogue", `{"name":"echo"}`)
	mustContain(t, w.awaitDown(t, "rogue"), "nobody waits")
}

func TestGivenUpCallIsCancelledAndItsLateAnswerDropped(t *testing.T) {
	s, w := ready(t, quick(), rogue(t, "answers-late"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Call(ctx, toRogue(`{"name":"echo"}`))
	if fault.KindOf(err) != fault.Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	// The server answers late only when it was told of the cancellation; then it answers the next call.
	r, err := call(t, s, "rogue", `{"name":"echo"}`)
	if err != nil || text(t, r) != "on time" {
		t.Fatalf("got %v %v", r, err)
	}
	if c := only(t, s).Counts; c.Strays != 0 || w.reasons("rogue", 1) != nil {
		t.Errorf("a late answer counted as %+v", c)
	}
}

func TestCallerMayStopWaiting(t *testing.T) {
	s, _ := ready(t, quick(), rogue(t, "never-answers"))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := s.Call(ctx, toRogue(""))
	if !errors.Is(err, fault.Timeout) || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if _, err := s.Call(ctx, toRogue("")); !errors.Is(err, fault.Timeout) {
		t.Fatalf("a call with an ended context: %v", err)
	}
}

func TestCallsInFlightAreBounded(t *testing.T) {
	o := quick()
	o.InFlight = 2
	s, _ := ready(t, o, rogue(t, "never-answers"))
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error)
	for range 3 {
		go func() {
			_, err := s.Call(ctx, toRogue(""))
			results <- err
		}()
	}
	if err := <-results; !errors.Is(err, errTooManyCalls) {
		t.Errorf("the third call: %v", err)
	}
	cancel()
	<-results
	<-results
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Call(ctx, toRogue("")); !errors.Is(err, fault.Timeout) {
		t.Errorf("after two calls were given up: %v", err)
	}
}

func TestEndlessMessageCostsBoundedMemory(t *testing.T) {
	s, w := ready(t, quick(), rogue(t, "gigabyte"))
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	peak := before.Sys
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			runtime.ReadMemStats(&now)
			peak = max(peak, now.Sys-now.HeapReleased)
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	_, err := call(t, s, "rogue", `{"name":"echo"}`)
	close(stop)
	<-done
	if fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("the call ended with %v", err)
	}
	reason := w.awaitDown(t, "rogue")
	if !errors.Is(reason, errFrameTooLong) {
		t.Fatalf("ended for %v", reason)
	}
	growth := int64(peak) - int64(before.Sys-before.HeapReleased)
	t.Logf("memory grew by %.1f MiB while a server sent 1 GiB without a line end", float64(growth)/(1<<20))
	if growth > 64<<20 {
		t.Errorf("memory grew by %d MiB", growth>>20)
	}
	awaitReady(t, s, "rogue")
}

func TestAnswerThatIsTooLongEndsItsCallAlone(t *testing.T) {
	o := quick()
	o.FrameBytes = 100_000
	s, w := ready(t, o, rogue(t, "long-answers", "-count", "200000"))
	before := only(t, s).PID
	for _, id := range []string{"first", "last"} {
		if _, err := call(t, s, "rogue", `{}`); !errors.Is(err, errAnswerTooLong) || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("with its id %s: %v", id, err)
		}
	}
	r, err := call(t, s, "rogue", `{}`)
	if err != nil || text(t, r) != "short" {
		t.Fatalf("the next call: %v %v", r, err)
	}
	if now := only(t, s); now.PID != before || now.Counts.Broken != 2 || now.Counts.Violations != 0 {
		t.Errorf("status is %+v", now)
	}
	// One that says to nobody whose it is leaves every call in doubt.
	if _, err := call(t, s, "rogue", `{}`); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without an id: %v", err)
	}
	if reason := w.awaitDown(t, "rogue"); !errors.Is(reason, errFrameTooLong) {
		t.Errorf("ended for %v", reason)
	}
}

func TestAnswerThatIsFarTooLongEndsTheServer(t *testing.T) {
	o := quick()
	o.FrameBytes = 100_000
	s, w := ready(t, o, rogue(t, "long-answers", "-count", "500000"))
	if _, err := call(t, s, "rogue", `{}`); fault.KindOf(err) != fault.Unavailable {
		t.Error(err)
	}
	if reason := w.awaitDown(t, "rogue"); !errors.Is(reason, errFrameTooLong) {
		t.Errorf("ended for %v", reason)
	}
}

func TestServerThatDoesNotReadIsEnded(t *testing.T) {
	o := quick()
	o.WriteTimeout = 100 * time.Millisecond
	s, w := ready(t, o, rogue(t, "deaf"))
	_, err := call(t, s, "rogue", `{"name":"`+strings.Repeat("n", 1<<20)+`"}`)
	if fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("the call ended with %v", err)
	}
	mustContain(t, w.awaitDown(t, "rogue"), "does not read")
}

func TestQueueTowardsAServerIsBounded(t *testing.T) {
	o := quick()
	o.QueueBytes = 1 << 20
	s, _ := ready(t, o, rogue(t, "deaf"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	params := `{"name":"` + strings.Repeat("n", 600<<10) + `"}`
	results := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := s.Call(ctx, toRogue(params))
			results <- err
		}()
	}
	// The others wait for a server that does not read.
	if err := <-results; !errors.Is(err, errQueueFull) {
		t.Errorf("a queue of 1 MiB took 1.8 MB: %v", err)
	}
	cancel()
	<-results
	<-results
}

// TestCallerWhoFillsTheQueueDoesNotEndTheServer gives up calls towards a queue that they have filled themselves.
func TestCallerWhoFillsTheQueueDoesNotEndTheServer(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	const limit = 1 << 20
	life := &session{out: newOutbox(write, limit), ended: make(chan struct{})}
	full := 0
	for id := int64(1); full < 2; id++ {
		if err := life.out.request(id, "tools/call", []byte(`{"name":"`+strings.Repeat("n", 100<<10)+`"}`), nil); err != nil {
			full++
		}
		if id > 100 {
			t.Fatal("the queue is not bounded")
		}
	}
	ping, err := ijson.ParseString("7", ijson.AtMost(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := life.out.answer(ping, []byte(`"result":{}`)); err != nil {
		t.Errorf("a server that asks meanwhile: %v", err)
	}
	for id := range int64(1024) {
		life.cancel(id)
	}
	select {
	case <-life.ended:
		t.Errorf("the server was ended: %v", life.why)
	default:
	}
	for range 100_000 {
		life.cancel(1)
	}
	if len(life.out.queue) > limit+headroom {
		t.Errorf("%d bytes wait", len(life.out.queue))
	}
}

func TestServersQuestionsAreClosed(t *testing.T) {
	s, _ := ready(t, quick(), rogue(t, "sampling"))
	r, err := call(t, s, "rogue", `{"name":"echo"}`)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text(t, r)) {
		method, told, _ := strings.Cut(strings.TrimSpace(line), " ")
		want := `result= error={"code":-32601,"message":"closed by Argus"}`
		if method == "ping" {
			want = `result={} error=`
		}
		if told != want {
			t.Errorf("%s was told %s", method, told)
		}
	}
	if n := only(t, s).Counts.Closed; n != 4 {
		t.Errorf("%d closed questions counted", n)
	}
}

func TestErrorsAreBounded(t *testing.T) {
	s, _ := ready(t, quick(), rogue(t, "refuses"))
	r, err := call(t, s, "rogue", `{}`)
	if err != nil || r.Error == nil || r.Error.Code != -32602 || r.Error.Message != "no" || r.Error.Data.Raw() != `{"a":1}` {
		t.Fatalf("got %+v %v", r, err)
	}
	s, _ = ready(t, quick(), rogue(t, "long-data"))
	r, err = call(t, s, "rogue", `{}`)
	if err != nil || r.Error == nil || r.Error.Message != "no" || r.Error.Data.Kind() != ijson.Invalid {
		t.Fatalf("got %+v %v", r, err)
	}
	s, _ = ready(t, quick(), rogue(t, "long-error"))
	r, err = call(t, s, "rogue", `{}`)
	if err != nil || len(r.Error.Message) != maxErrorText {
		t.Fatalf("got %v", err)
	}
}

func TestHungStartHoldsUpNobodyAndIsRepeated(t *testing.T) {
	o := quick()
	o.StartTimeout = 300 * time.Millisecond
	hung, honest := rogue(t, "hang-start"), rogue(t, "")
	hung.Name = "hung"
	s, w := start(t, o, launcher{}, hung, honest)
	awaitReady(t, s, "rogue")
	if _, err := call(t, s, "rogue", `{}`); err != nil {
		t.Fatal(err)
	}
	if _, err := call(t, s, "hung", `{}`); fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("a call of a hung server: %v", err)
	}
	reasons := await(t, w, func() []error { return w.reasons("hung", 2) })
	mustContain(t, reasons[1], "initialize")
}

func TestUnknownProtocolVersionIsRefused(t *testing.T) {
	_, w := start(t, quick(), launcher{}, rogue(t, "old-version"))
	mustContain(t, w.awaitDown(t, "rogue"), "MCP version")
}

func TestStandardErrorIsBoundedAndShowsNoSecret(t *testing.T) {
	var log strings.Builder
	o := quick()
	o.Logger = logInto(&log)
	one := rogue(t, "noisy", "-count", "200")
	l := launcher{secrets: map[string]string{"TOKEN": "s3cr3t-value-of-the-token"}}
	s, _ := start(t, o, l, one)
	awaitReady(t, s, "rogue")
	if _, err := call(t, s, "rogue", `{}`); err != nil {
		t.Fatal(err)
	}
	if n := only(t, s).Counts.Unlogged; n < 100 {
		t.Errorf("only %d of 202 lines were not logged", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	switch lines := log.String(); {
	case strings.Contains(lines, "s3cr3t"):
		t.Error("the log holds a secret")
	case !strings.Contains(lines, "[TOKEN]"):
		t.Error("the log holds nothing of the environment that the server printed")
	case strings.ContainsAny(lines, "\x1b\r"):
		t.Error("the log holds control characters")
	case len(lines) > 100<<10:
		t.Errorf("the log has %d bytes", len(lines))
	}
}
