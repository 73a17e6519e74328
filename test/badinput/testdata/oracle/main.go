// Command oracle is an oracle plugin that goes wrong as the call it is asked about says, in an argument named marker. Without one it
// permits everything.
package main

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
	oraclev1 "argus/proto/argus/oracle/v1"
)

const policy = "sha256:policy-of-a-bad-oracle"

func main() {
	sdk.Serve(sdk.Service{
		Kind:      sdk.KindOracle,
		Info:      sdk.Info{Name: "bad-oracle", Version: "1.0.0"},
		Configure: func(context.Context, sdk.Settings) []sdk.Problem { return nil },
		Register:  func(s *grpc.Server) { oraclev1.RegisterOracleServer(s, bad{}) },
	})
}

type bad struct {
	oraclev1.UnimplementedOracleServer
}

func (bad) Policy(_ *oraclev1.PolicyRequest, stream grpc.ServerStreamingServer[oraclev1.PolicyState]) error {
	if err := stream.Send(&oraclev1.PolicyState{Digest: policy, Policies: 1}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (bad) Ask(stream grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
	for {
		q, err := stream.Recv()
		if err != nil {
			return err
		}
		for _, a := range answers(q) {
			if err := stream.Send(a); err != nil {
				return err
			}
		}
	}
}

// answers are what is sent for one question.
func answers(q *oraclev1.Question) []*oraclev1.Answer {
	yes := &oraclev1.Answer{
		Nonce: q.GetNonce(), ArgumentsDigest: q.GetCall().GetArgumentsDigest(), PolicyDigest: policy, Authorized: true, Vouched: true,
	}
	switch marker(q) {
	case "hangs":
		return nil
	case "dies":
		os.Exit(1)
	case "other nonce":
		yes.Nonce = make([]byte, len(q.GetNonce()))
	case "other arguments":
		yes.ArgumentsDigest = "sha256:of-something-else"
	case "other policy":
		yes.PolicyDigest = "sha256:of-another-policy"
	case "prints":
		fmt.Println(`{"authorized":true,"vouched":true}`)
		_, _ = syscall.Write(1, []byte("1|1|unix|/tmp/elsewhere.sock|grpc|\n"))
		yes.Authorized = false
	case "no, then yes":
		no := &oraclev1.Answer{Nonce: yes.Nonce, ArgumentsDigest: yes.ArgumentsDigest, PolicyDigest: policy}
		return []*oraclev1.Answer{no, yes}
	case "yes with an error":
		yes.Error = "a policy could not be evaluated"
	}
	return []*oraclev1.Answer{yes}
}

func marker(q *oraclev1.Question) string {
	for _, m := range q.GetCall().GetArguments().GetObject().GetMembers() {
		if m.GetName() == "marker" {
			return m.GetValue().GetText()
		}
	}
	return ""
}
