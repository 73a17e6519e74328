package oracle

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sdktest"
	oraclev1 "argus/proto/argus/oracle/v1"
	pluginv1 "argus/proto/argus/plugin/v1"
)

func TestQuestionArrivesWhole(t *testing.T) {
	q := question(1)
	q.Agent = Agent{
		ID: "a/1", Principal: "p", Capabilities: []string{"clipboard", "ipc"}, Exposure: Exposure{"internal", "observed"},
		Speculative: Exposure{"sensitive", "untrusted"}, Depth: 2, Flights: 1,
	}
	call := q.About.(Call)
	call.Arguments = Object{
		{"", Null{}},
		{"b", Bool(true)},
		{"n", Number{Text: "1e400"}},
		{"l", List{Text("x"), List{}, Object{}, Number{Text: "-0.0", Exact: true}}},
	}
	q.About = call
	egress := q
	egress.About = Egress{Sink: "llm_provider", ContentDigest: "sha256:content"}

	var got Question
	c := serve(t, newAuthor(func(_ context.Context, q Question) Answer {
		got = q
		return Answer{PolicyDigest: policy, Authorized: true, Read: []Attribute{Depth, Flights, Depth}, LeftOut: []string{"/n"}}
	}))
	for _, want := range []Question{q, egress} {
		a, err := c.Ask(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the author got %+v, want %+v", got, want)
		}
		if !a.Authorized || a.Vouched || !reflect.DeepEqual(a.Read, []Attribute{Depth, Flights}) || a.LeftOut[0] != "/n" {
			t.Errorf("answer = %+v", a)
		}
	}
}

func TestConcurrentQuestionsGetTheirOwnAnswers(t *testing.T) {
	var now, most atomic.Int64
	c := serve(t, newAuthor(func(_ context.Context, q Question) Answer {
		for n := now.Add(1); ; {
			if old := most.Load(); n <= old || most.CompareAndSwap(old, n) {
				break
			}
		}
		defer now.Add(-1)
		tool := q.About.(Call).Tool
		if strings.HasSuffix(tool, "7") {
			time.Sleep(2 * time.Millisecond) // others overtake it
		}
		return Answer{PolicyDigest: policy, Authorized: true, Reasons: []string{tool}}
	}))
	var askers sync.WaitGroup
	for n := range 2000 {
		askers.Go(func() {
			a, err := c.Ask(t.Context(), question(n))
			if err != nil || !a.Authorized || a.Reasons[0] != fmt.Sprint("tool", n) {
				t.Errorf("question %d got %+v, %v", n, a, err)
			}
		})
	}
	askers.Wait()
	if most.Load() > workers || most.Load() < 2 {
		t.Errorf("%d questions were answered at once", most.Load())
	}
	if c.Strays() != 0 {
		t.Errorf("%d strays", c.Strays())
	}
}

func TestAnswerOfAnotherQuestionIsAFault(t *testing.T) {
	var first *oraclev1.Question
	c := serveWild(t, each(func(q *oraclev1.Question, good *oraclev1.Answer) []*oraclev1.Answer {
		if first == nil {
			first = q
			return nil
		}
		crossed := goodAnswer(first)
		crossed.Nonce, good.Nonce = good.Nonce, crossed.Nonce
		return []*oraclev1.Answer{crossed, good}
	}))
	var askers sync.WaitGroup
	for n := range 2 {
		askers.Go(func() {
			if a, err := c.Ask(t.Context(), question(n)); kindOf(err) != sdk.Broken || a.Authorized {
				t.Errorf("answer = %+v, %v", a, err)
			}
		})
	}
	askers.Wait()
}

func TestStrayAnswersAreDroppedAndCounted(t *testing.T) {
	c := serveWild(t, each(func(q *oraclev1.Question, good *oraclev1.Answer) []*oraclev1.Answer {
		short, unknown := goodAnswer(q), goodAnswer(q)
		short.Nonce, unknown.Nonce = []byte{1}, make([]byte, 16)
		return []*oraclev1.Answer{short, unknown, good, goodAnswer(q)} // the last repeats the third
	}))
	for n := range 3 {
		if a, err := c.Ask(t.Context(), question(n)); err != nil || !a.Authorized {
			t.Fatal(a, err)
		}
	}
	// The third question's repeat may still be on its way.
	if strays := c.Strays(); strays < 8 || strays > 9 {
		t.Errorf("%d strays", strays)
	}
}

func TestLateAnswerReachesNobody(t *testing.T) {
	release := make(chan struct{})
	c := serve(t, newAuthor(func(_ context.Context, q Question) Answer {
		if q.About.(Call).Tool == "tool0" {
			<-release
		}
		return Answer{PolicyDigest: policy, Authorized: true}
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Ask(ctx, question(0)); kindOf(err) != sdk.Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
	close(release)
	for c.Strays() == 0 {
		if _, err := c.Ask(t.Context(), question(1)); err != nil {
			t.Fatal(err)
		}
	}
	if c.Strays() != 1 {
		t.Errorf("%d strays", c.Strays())
	}
}

func TestAnswerByAnotherPolicyIsStale(t *testing.T) {
	c := serve(t, newAuthor(func(context.Context, Question) Answer {
		return Answer{PolicyDigest: "sha256:newer", Authorized: true}
	}))
	a, err := c.Ask(t.Context(), question(0))
	var stale *StalePolicy
	if !errors.As(err, &stale) || stale.Holds != "sha256:newer" || stale.Asked != policy || a.Authorized {
		t.Fatalf("answer = %+v, %v", a, err)
	}
	if kindOf(err) != sdk.Stale {
		t.Errorf("%v is not of the kind stale", err)
	}
}

func TestAnswerThatDoesNotHoldIsAFault(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	for name, breach := range map[string]func(*oraclev1.Answer){
		"other arguments":       func(a *oraclev1.Answer) { a.ArgumentsDigest = "sha256:arguments2" },
		"no arguments":          func(a *oraclev1.Answer) { a.ArgumentsDigest = "" },
		"no policy":             func(a *oraclev1.Answer) { a.PolicyDigest = "" },
		"long policy":           func(a *oraclev1.Answer) { a.PolicyDigest = long },
		"unspecified attribute": func(a *oraclev1.Answer) { a.Read = []oraclev1.Attribute{0} },
		"unknown attribute":     func(a *oraclev1.Answer) { a.Read = []oraclev1.Attribute{6} },
		"negative attribute":    func(a *oraclev1.Answer) { a.Read = []oraclev1.Attribute{-1} },
		"repeated attribute":    func(a *oraclev1.Answer) { a.Read = []oraclev1.Attribute{1, 1} },
		"many attributes":       func(a *oraclev1.Answer) { a.Read = make([]oraclev1.Attribute, 1000) },
		"many reasons":          func(a *oraclev1.Answer) { a.Reasons = make([]string, 1000) },
		"long reason":           func(a *oraclev1.Answer) { a.Reasons = []string{long} },
		"reason of controls":    func(a *oraclev1.Answer) { a.Reasons = []string{"\x1b[2J"} },
		"long error":            func(a *oraclev1.Answer) { a.Error = long },
		"much left out":         func(a *oraclev1.Answer) { a.LeftOut = make([]string, 1000) },
		"unknown field":         func(a *oraclev1.Answer) { sdktest.AddUnknown(a) },
	} {
		t.Run(name, func(t *testing.T) {
			c := serveWild(t, each(func(_ *oraclev1.Question, good *oraclev1.Answer) []*oraclev1.Answer {
				breach(good)
				return []*oraclev1.Answer{good}
			}))
			a, err := c.Ask(t.Context(), question(1))
			if err == nil || kindOf(err) != sdk.Broken || !reflect.DeepEqual(a, Answer{}) {
				t.Fatalf("answer = %+v, %v", a, err)
			}
		})
	}
}

func TestEvaluationErrorDeniesWhateverElseIsSaid(t *testing.T) {
	c := serveWild(t, each(func(_ *oraclev1.Question, good *oraclev1.Answer) []*oraclev1.Answer {
		good.Error = "type error in policy4"
		return []*oraclev1.Answer{good}
	}))
	a, err := c.Ask(t.Context(), question(0))
	if err != nil || a.Authorized || a.Vouched || a.EvaluationError != "type error in policy4" {
		t.Fatalf("answer = %+v, %v", a, err)
	}
}

func TestVouchingCountsOnlyWhereItWasAskedFor(t *testing.T) {
	c := serveWild(t, each(func(_ *oraclev1.Question, good *oraclev1.Answer) []*oraclev1.Answer {
		return []*oraclev1.Answer{good}
	}))
	for _, inspect := range []bool{true, false} {
		q := question(0)
		q.Inspect = inspect
		if a, err := c.Ask(t.Context(), q); err != nil || a.Vouched != inspect {
			t.Errorf("inspect %v: %+v, %v", inspect, a, err)
		}
	}
}

func TestPanicOfTheAuthorDeniesThatQuestionAlone(t *testing.T) {
	c := serve(t, newAuthor(func(_ context.Context, q Question) Answer {
		if q.About.(Call).Tool == "tool0" {
			panic("secret argument")
		}
		return Answer{PolicyDigest: policy, Authorized: true}
	}))
	a, err := c.Ask(t.Context(), question(0))
	if err != nil || a.Authorized || !strings.Contains(a.EvaluationError, "panicked") || strings.Contains(a.EvaluationError, "secret") {
		t.Errorf("answer = %+v, %v", a, err)
	}
	if a, err := c.Ask(t.Context(), question(1)); err != nil || !a.Authorized {
		t.Errorf("the next answer = %+v, %v", a, err)
	}
}

func TestWhatTheAuthorForgotDenies(t *testing.T) {
	for name, answer := range map[string]Answer{
		"policy":    {Authorized: true, Vouched: true},
		"attribute": {PolicyDigest: policy, Authorized: true, Vouched: true, Read: []Attribute{0}},
	} {
		c := serve(t, newAuthor(func(context.Context, Question) Answer { return answer }))
		if a, err := c.Ask(t.Context(), question(0)); err != nil || a.Authorized || a.Vouched || a.EvaluationError == "" {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestTalkativeAuthorStillAnswers(t *testing.T) {
	many := make([]string, 5000)
	for i := range many {
		many[i] = strings.Repeat("é\x00", 2<<10)
	}
	c := serve(t, newAuthor(func(context.Context, Question) Answer {
		return Answer{PolicyDigest: policy, Authorized: true, Reasons: many, LeftOut: many}
	}))
	a, err := c.Ask(t.Context(), question(0))
	if err != nil || !a.Authorized || len(a.Reasons) != maxReasons || len(a.Reasons[0]) > maxReason {
		t.Fatalf("%d reasons, %v", len(a.Reasons), err)
	}
}

func TestQuestionThatCanNotBeAskedIsInvalid(t *testing.T) {
	c := serve(t, newAuthor(func(context.Context, Question) Answer { return Answer{PolicyDigest: policy, Authorized: true} }))
	var deep Value = Null{}
	for range maxDepth + 1 {
		deep = List{deep}
	}
	with := func(change func(*Question, *Call)) Question {
		q := question(0)
		call := q.About.(Call)
		change(&q, &call)
		if q.About != nil {
			q.About = call
		}
		return q
	}
	for name, q := range map[string]Question{
		"nothing":            {PolicyDigest: policy},
		"odd policy":         with(func(q *Question, _ *Call) { q.PolicyDigest = "a\nb" }),
		"no arguments":       with(func(_ *Question, c *Call) { c.Arguments = nil }),
		"a hole":             with(func(_ *Question, c *Call) { c.Arguments = List{nil} }),
		"no digest":          with(func(_ *Question, c *Call) { c.ArgumentsDigest = "" }),
		"too deep":           with(func(_ *Question, c *Call) { c.Arguments = deep }),
		"too large":          with(func(_ *Question, c *Call) { c.Arguments = Text(strings.Repeat("x", maxQuestion)) }),
		"about nothing else": with(func(q *Question, _ *Call) { q.About = nil }),
	} {
		if _, err := c.Ask(t.Context(), q); kindOf(err) != sdk.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Ask(t.Context(), question(0)); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestWithoutAPolicyInForceNothingIsAsked(t *testing.T) {
	c := serve(t, newAuthor(func(context.Context, Question) Answer { return Answer{PolicyDigest: policy, Authorized: true} }))
	q := question(0)
	q.PolicyDigest = ""
	if a, err := c.Ask(t.Context(), q); kindOf(err) != sdk.Unavailable || a.Authorized {
		t.Fatalf("answer = %+v, %v", a, err)
	}
}

func TestBrokenStreamIsOpenedAgain(t *testing.T) {
	var streams atomic.Int64
	c := serveWild(t, &wild{ask: func(s grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
		streams.Add(1)
		q, err := s.Recv()
		if err != nil {
			return err
		}
		return s.Send(goodAnswer(q)) // and ends the stream
	}})
	for n := range 5 {
		// The stream may break after the next question was put on it; that question is Unavailable, and asking again works.
		for {
			a, err := c.Ask(t.Context(), question(n))
			if err == nil && a.Authorized {
				break
			}
			if kindOf(err) != sdk.Unavailable {
				t.Fatal(a, err)
			}
		}
	}
	if streams.Load() < 5 {
		t.Errorf("%d streams", streams.Load())
	}
}

func TestHugeAnswerIsNotTaken(t *testing.T) {
	c := serveWild(t, each(func(_ *oraclev1.Question, good *oraclev1.Answer) []*oraclev1.Answer {
		good.Error = strings.Repeat("x", maxAnswer+1)
		return []*oraclev1.Answer{good}
	}))
	if a, err := c.Ask(t.Context(), question(0)); kindOf(err) != sdk.Unavailable || a.Authorized {
		t.Fatalf("answer = %+v, %v", a, err)
	}
}

// TestAnswerThatIsNoTextIsNotTaken: what is no UTF-8 ends the stream, and the next question finds another.
func TestAnswerThatIsNoTextIsNotTaken(t *testing.T) {
	const reasons = 7
	var answered atomic.Int64
	c := serveWild(t, each(func(_ *oraclev1.Question, good *oraclev1.Answer) []*oraclev1.Answer {
		if answered.Add(1) == 1 {
			sdktest.AddRaw(good, reasons, []byte("\xff\xfe"))
		}
		return []*oraclev1.Answer{good}
	}))
	if a, err := c.Ask(t.Context(), question(0)); kindOf(err) != sdk.Unavailable || a.Authorized {
		t.Fatalf("answer = %+v, %v", a, err)
	}
	if a, err := c.Ask(t.Context(), question(1)); err != nil || !a.Authorized {
		t.Fatalf("control: %+v, %v", a, err)
	}
}

func TestTooManyQuestionsWaitAndGiveUp(t *testing.T) {
	c := serve(t, newAuthor(func(context.Context, Question) Answer { return Answer{PolicyDigest: policy} }))
	for range maxInFlight {
		c.places <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Ask(ctx, question(0)); kindOf(err) != sdk.Timeout {
		t.Fatalf("err = %v", err)
	}
	<-c.places
	if _, err := c.Ask(t.Context(), question(0)); err != nil {
		t.Fatal(err)
	}
}

func TestFacadeFollowsItsLink(t *testing.T) {
	first, second := newAuthor(nil), newAuthor(nil)
	for _, a := range []*author{first, second} {
		a.ask = func(context.Context, Question) Answer {
			return Answer{PolicyDigest: policy, Authorized: true, Reasons: []string{"r"}}
		}
	}
	second.policy.Set(PolicyState{Digest: policy, Policies: 9})
	link := sdktest.Start(t, Service(info, first), "{}")
	other, _, err := sdktest.Start(t, Service(info, second), "{}").Conn("test")
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, link)
	awaitPolicies(t, c, 3)
	if _, err := c.Ask(t.Context(), question(0)); err != nil {
		t.Fatal(err)
	}
	link.Down(errors.New("killed"))
	if _, err := c.Ask(t.Context(), question(0)); kindOf(err) != sdk.Unavailable || !strings.Contains(err.Error(), "killed") {
		t.Errorf("while down: %v", err)
	}
	link.Up(other)
	if _, err := c.Ask(t.Context(), question(0)); err != nil {
		t.Fatal(err)
	}
	awaitPolicies(t, c, 9)
	second.policy.Set(PolicyState{Digest: "sha256:next", Policies: 10})
	awaitPolicies(t, c, 10)
}

func awaitPolicies(t *testing.T, c *Client, n int) {
	t.Helper()
	sdktest.Await(t, c.Policy, func(s PolicyState) bool { return s.Policies == n })
}

func TestPolicyThatCanNotBeReadLeavesNoneInForce(t *testing.T) {
	next := make(chan *oraclev1.PolicyState)
	c := serveWild(t, &wild{
		policy: func(s grpc.ServerStreamingServer[oraclev1.PolicyState]) error {
			for {
				select {
				case state := <-next:
					if err := s.Send(state); err != nil {
						return err
					}
				case <-s.Context().Done():
					return nil
				}
			}
		},
	})
	newer := &oraclev1.PolicyState{Digest: policy, Policies: 4, Problems: []*pluginv1.Problem{{Message: "m"}}}
	sdktest.AddUnknown(newer.Problems[0])
	for _, bad := range []*oraclev1.PolicyState{
		{}, {Digest: "line\nbreak"}, {Digest: strings.Repeat("x", 1000)}, {Digest: policy, Policies: 1 << 31}, newer,
	} {
		next <- &oraclev1.PolicyState{Digest: policy, Policies: 4}
		awaitPolicies(t, c, 4)
		next <- bad
		awaitPolicies(t, c, 0)
		if state, _ := c.Policy(); state.Digest != "" || len(state.Problems) != 1 {
			t.Errorf("state = %+v", state)
		}
	}
}

func TestUnconfiguredOracleIsUnavailable(t *testing.T) {
	s := Service(info, newAuthor(func(context.Context, Question) Answer { return Answer{PolicyDigest: policy, Authorized: true} }))
	c := client(t, sdktest.Link(t, sdktest.Dial(t, s.NewServer())))
	if a, err := c.Ask(t.Context(), question(0)); kindOf(err) != sdk.Unavailable || a.Authorized {
		t.Fatalf("answer = %+v, %v", a, err)
	}
}

func TestClosedClientAnswersNothing(t *testing.T) {
	c := NewClient(sdktest.Start(t, Service(info, newAuthor(func(ctx context.Context, _ Question) Answer {
		<-ctx.Done()
		return Answer{PolicyDigest: policy, Authorized: true}
	})), "{}"))
	asked := make(chan error, 1)
	go func() {
		_, err := c.Ask(context.Background(), question(0))
		asked <- err
	}()
	for len(c.places) == 0 {
		time.Sleep(time.Millisecond)
	}
	c.Close()
	if err := <-asked; kindOf(err) != sdk.Unavailable {
		t.Errorf("the waiting question: %v", err)
	}
	if _, err := c.Ask(t.Context(), question(1)); kindOf(err) != sdk.Unavailable {
		t.Errorf("the next question: %v", err)
	}
}

func TestZeroAnswerDenies(t *testing.T) {
	if a := (Answer{}); a.Authorized || a.Vouched {
		t.Fatal(a)
	}
	if a := (sdk.Failure{}); a.FaultKind() != "bug" {
		t.Fatal(a)
	}
}

// FuzzAnswer holds that no bytes at all become an answer that authorizes in spite of an error, or belongs to another question.
func FuzzAnswer(f *testing.F) {
	q := question(1)
	f.Add("sha256:arguments1", policy, true, true, "", int32(1))
	f.Add("sha256:arguments1", policy, true, true, "type error", int32(0))
	f.Fuzz(func(t *testing.T, digest, by string, authorized, vouched bool, failure string, read int32) {
		a, err := checkAnswer(&oraclev1.Answer{
			ArgumentsDigest: digest, PolicyDigest: by, Authorized: authorized, Vouched: vouched, Error: failure,
			Read: []oraclev1.Attribute{oraclev1.Attribute(read)},
		}, q)
		belongs := digest == "sha256:arguments1" && by == policy && read >= 1 && read <= 5
		if (a.Authorized || a.Vouched) && (err != nil || failure != "" || !belongs) {
			t.Fatalf("answer = %+v, %v", a, err)
		}
	})
}

func BenchmarkAsk(b *testing.B) {
	c := serve(b, newAuthor(func(context.Context, Question) Answer { return Answer{PolicyDigest: policy, Authorized: true} }))
	for _, askers := range []int{1, 64} {
		b.Run(fmt.Sprint(askers, "-askers"), func(b *testing.B) {
			b.SetParallelism(askers)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := c.Ask(context.Background(), question(1)); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
