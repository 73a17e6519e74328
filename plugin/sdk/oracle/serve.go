package oracle

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"

	"argus/plugin/sdk"
	oraclev1 "argus/proto/argus/oracle/v1"
)

// AskTimeout is how long one question may take.
const AskTimeout = 5 * time.Second

// workers is how many questions of one stream are answered at once. Further ones wait in the stream, where the host's deadline
// still counts for them.
const workers = 32

// collectAt is the growth of the heap, in percent, at which an oracle's process collects. Its heap is small and lives for one question at a
// time, while every call waits for its answer: at Go's own 100 a tenth of its work was collecting.
const collectAt = 400

// Serve serves impl to the host and returns when the host is done; call it last in main.
func Serve(info sdk.Info, impl Oracle) {
	debug.SetGCPercent(collectAt)
	sdk.Serve(Service(info, impl))
}

// Service is impl ready to be served. Tests use it to serve impl without a process of its own.
func Service(info sdk.Info, impl Oracle) sdk.Service {
	logger := sdk.Logger(info.Name)
	return sdk.Service{
		Kind:      sdk.KindOracle,
		Info:      info,
		Configure: impl.Configure,
		Register: func(server *grpc.Server) {
			oraclev1.RegisterOracleServer(server, &adapter{impl: impl, logger: logger})
		},
		Logger: logger,
	}
}

// adapter stands between the wire and the author.
type adapter struct {
	oraclev1.UnimplementedOracleServer
	impl   Oracle
	logger hclog.Logger
}

func (a *adapter) Policy(_ *oraclev1.PolicyRequest, stream grpc.ServerStreamingServer[oraclev1.PolicyState]) error {
	for {
		state, changed := a.impl.Policy()
		if err := stream.Send(policyToWire(state)); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-stream.Context().Done():
			return nil
		}
	}
}

// Ask reads questions into a bounded pool of workers. Answers leave in the order in which they are ready.
func (a *adapter) Ask(stream grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
	questions := make(chan *oraclev1.Question)
	var sending sync.Mutex
	var pool sync.WaitGroup
	defer pool.Wait()
	defer close(questions)
	for started := 0; ; {
		question, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case questions <- question:
			continue
		default:
		}
		if started < workers {
			started++
			pool.Go(func() { a.work(stream, questions, &sending) })
		}
		select {
		case questions <- question:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func (a *adapter) work(
	stream grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer], questions <-chan *oraclev1.Question, sending *sync.Mutex,
) {
	for question := range questions {
		answer := a.answer(stream.Context(), question)
		sending.Lock()
		// When the stream is gone so is the one who asked; Recv tells the reader.
		_ = stream.Send(answer)
		sending.Unlock()
	}
}

func (a *adapter) answer(ctx context.Context, w *oraclev1.Question) *oraclev1.Answer {
	q, err := questionFromWire(w)
	if err != nil {
		return &oraclev1.Answer{Nonce: w.GetNonce(), PolicyDigest: w.GetPolicyDigest(), Error: "the question can not be read: " + err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, AskTimeout)
	defer cancel()
	answer := answerToWire(a.ask(ctx, q), q)
	answer.Nonce = w.GetNonce()
	return answer
}

// ask turns a panic of the author's code into an evaluation error. The panic's own text stays out: it may hold arguments.
func (a *adapter) ask(ctx context.Context, q Question) (answer Answer) {
	defer func() {
		if recover() != nil {
			a.logger.Error("the oracle panicked", "stack", string(debug.Stack()))
			answer = Answer{PolicyDigest: q.PolicyDigest, EvaluationError: "the oracle panicked; its log has the stack"}
		}
	}()
	return a.impl.Ask(ctx, q)
}
