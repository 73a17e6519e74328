package oracle

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sdktest"
	oraclev1 "argus/proto/argus/oracle/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const policy = "sha256:in-force"

// author is an Oracle made of a function.
type author struct {
	policy sdk.Latest[PolicyState]
	ask    func(context.Context, Question) Answer
}

func newAuthor(ask func(context.Context, Question) Answer) *author {
	a := &author{ask: ask}
	a.policy.Set(PolicyState{Digest: policy, Policies: 3})
	return a
}

func (a *author) Configure(context.Context, sdk.Settings) []sdk.Problem { return nil }
func (a *author) Policy() (PolicyState, <-chan struct{})                { return a.policy.Get() }
func (a *author) Ask(ctx context.Context, q Question) Answer            { return a.ask(ctx, q) }

var info = sdk.Info{Name: "test", Version: "1"}

// serve gives a client of impl over the whole wire.
func serve(t testing.TB, impl Oracle) *Client {
	t.Helper()
	return client(t, sdktest.Start(t, Service(info, impl), "{}"))
}

func client(t testing.TB, link *sdk.Link) *Client {
	c := NewClient(link)
	t.Cleanup(c.Close)
	return c
}

// wild is an oracle that puts on the wire whatever its functions say, with nobody between.
type wild struct {
	oraclev1.UnimplementedOracleServer
	policy func(grpc.ServerStreamingServer[oraclev1.PolicyState]) error
	ask    func(grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error
}

func (w *wild) Policy(_ *oraclev1.PolicyRequest, s grpc.ServerStreamingServer[oraclev1.PolicyState]) error {
	if w.policy == nil {
		<-s.Context().Done()
		return nil
	}
	return w.policy(s)
}

func (w *wild) Ask(s grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
	return w.ask(s)
}

func serveWild(t testing.TB, w *wild) *Client {
	t.Helper()
	server := grpc.NewServer()
	oraclev1.RegisterOracleServer(server, w)
	return client(t, sdktest.Link(t, sdktest.Dial(t, server)))
}

// each answers every question with what change makes of a good answer; nil leaves it unanswered.
func each(change func(q *oraclev1.Question, good *oraclev1.Answer) []*oraclev1.Answer) *wild {
	return &wild{ask: func(s grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
		for {
			q, err := s.Recv()
			if err != nil {
				return err
			}
			for _, a := range change(q, goodAnswer(q)) {
				if err := s.Send(a); err != nil {
					return err
				}
			}
		}
	}}
}

func goodAnswer(q *oraclev1.Question) *oraclev1.Answer {
	digest := q.GetCall().GetArgumentsDigest()
	if q.GetEgress() != nil {
		digest = q.GetEgress().GetContentDigest()
	}
	return &oraclev1.Answer{
		Nonce: q.GetNonce(), ArgumentsDigest: digest, PolicyDigest: q.GetPolicyDigest(),
		Authorized: true, Vouched: true, Read: []oraclev1.Attribute{oraclev1.Attribute_ATTRIBUTE_DEPTH}, Reasons: []string{"policy0"},
	}
}

// kindOf is the kind of a client's error; only a Failure has one.
func kindOf(err error) sdk.FailureKind {
	var f *sdk.Failure
	if !errors.As(err, &f) {
		return "none"
	}
	return f.Kind
}

func question(n int) Question {
	return Question{
		Agent: Agent{ID: "a", Principal: "p"},
		About: Call{
			Server: "s", Tool: fmt.Sprint("tool", n), ToolID: "t@1",
			Arguments: Object{{Name: "n", Value: Number{Text: fmt.Sprint(n), Exact: true}}}, ArgumentsDigest: fmt.Sprint("sha256:arguments", n),
			Label: Exposure{"public", "verified"}, Sinks: []string{"ipc"},
		},
		Inspect:      true,
		PolicyDigest: policy,
	}
}
