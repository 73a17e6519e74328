package oracle

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
	oraclev1 "argus/proto/argus/oracle/v1"
)

// TestAnswersThatComeAgainMakeNoRoom: a plugin that answers everything many times, and then reads no more, holds nobody up either.
func TestAnswersThatComeAgainMakeNoRoom(t *testing.T) {
	const generous = 50
	c := serveWild(t, &wild{ask: func(s grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
		for range generous {
			q, err := s.Recv()
			if err != nil {
				return err
			}
			for range 10 {
				if err := s.Send(goodAnswer(q)); err != nil {
					return err
				}
			}
		}
		<-s.Context().Done()
		return nil
	}})
	for n := range generous {
		if a, err := c.Ask(t.Context(), question(n)); err != nil || !a.Authorized {
			t.Fatal(a, err)
		}
	}
	inTime(t, c, func() {
		for n := range 100 { // one after the other, so that each finds the stream free to send on
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			if _, err := c.Ask(ctx, sized(n, smallSize-1000)); kindOf(err) != sdk.Timeout {
				t.Errorf("%v", err)
			}
			cancel()
		}
	})
}

// TestOnlyAnswersToQuestionsAreSignsOfLife: a plugin that sends what nobody asked for is as silent as before.
func TestOnlyAnswersToQuestionsAreSignsOfLife(t *testing.T) {
	s := newSession(sdk.NewLink("under-test", nil), nil, &atomic.Uint64{})
	asked, given, answer := newNonce(), newNonce(), make(chan *oraclev1.Answer, 1)
	s.expect(asked, answer)
	s.expect(given, make(chan *oraclev1.Answer, 1))
	s.leave(given)
	for name, a := range map[string]struct {
		nonce nonce
		alive bool
	}{"never asked": {newNonce(), false}, "asked": {asked, true}, "given up": {given, true}} {
		for again := range 2 {
			s.silent.Store(3)
			s.open.Store(2)
			s.deliver(&oraclev1.Answer{Nonce: a.nonce[:]})
			if alive := s.silent.Load() == 0 && s.open.Load() == 1; alive != (a.alive && again == 0) {
				t.Errorf("%s, time %d: alive is %v", name, again+1, alive)
			}
		}
	}
	if len(answer) != 1 || s.strays.Load() != 5 {
		t.Errorf("%d answers, %d strays", len(answer), s.strays.Load())
	}
}

// TestQuestionsThatWereGivenUpAreNotKeptWithoutEnd: a plugin may never answer them.
func TestQuestionsThatWereGivenUpAreNotKeptWithoutEnd(t *testing.T) {
	s := newSession(sdk.NewLink("under-test", nil), nil, &atomic.Uint64{})
	for range 3 * maxUnanswered {
		n := newNonce()
		s.expect(n, make(chan *oraclev1.Answer, 1))
		s.leave(n)
	}
	if len(s.waiting) > maxUnanswered {
		t.Errorf("%d questions are kept", len(s.waiting))
	}
}

// TestPluginThatDoesNotReadHoldsNobodyUp: the stream is full soon, and whoever asks gives up in time all the same.
func TestPluginThatDoesNotReadHoldsNobodyUp(t *testing.T) {
	c := serveWild(t, &wild{ask: func(s grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
		<-s.Context().Done()
		return nil
	}})
	for _, size := range []int{100, smallSize - 1000, smallSize, 64 << 10} {
		holdsNobodyUp(t, c, size)
	}
}

// holdsNobodyUp asks many questions of so many bytes, to which no answer comes: each asker has to give up in time.
func holdsNobodyUp(t *testing.T, c *Client, size int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	inTime(t, c, func() {
		var askers sync.WaitGroup
		for n := range 200 {
			askers.Go(func() {
				if _, err := c.Ask(ctx, sized(n, size)); kindOf(err) != sdk.Timeout {
					t.Errorf("%v", err)
				}
			})
		}
		askers.Wait()
	})
}

// inTime fails the test where ask takes far longer than its questions may.
func inTime(t *testing.T, c *Client, ask func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		ask()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Error("the askers are held up")
		c.Close() // which ends the stream that holds them
		<-done
	}
}

// sized is a question of about so many bytes.
func sized(n, size int) Question {
	q := question(n)
	call := q.About.(Call)
	call.Arguments = Object{{Name: "text", Value: Text(strings.Repeat("x", size))}}
	q.About = call
	return q
}
