package main

import (
	"context"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
	oraclev1 "argus/proto/argus/oracle/v1"
)

// breaker is an oracle that breaks its contract in one way.
func breaker(info sdk.Info, how string) sdk.Service {
	return sdk.Service{
		Kind:      sdk.KindOracle,
		Info:      info,
		Configure: func(context.Context, sdk.Settings) []sdk.Problem { return nil },
		Register:  func(s *grpc.Server) { oraclev1.RegisterOracleServer(s, &broken{how: how}) },
	}
}

type broken struct {
	oraclev1.UnimplementedOracleServer
	how string
}

func (b *broken) Policy(_ *oraclev1.PolicyRequest, stream grpc.ServerStreamingServer[oraclev1.PolicyState]) error {
	if err := stream.Send(&oraclev1.PolicyState{Digest: policy, Policies: 1}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (b *broken) Ask(stream grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
	for {
		q, err := stream.Recv()
		if err != nil {
			return err
		}
		a := &oraclev1.Answer{
			Nonce: q.GetNonce(), ArgumentsDigest: q.GetCall().GetArgumentsDigest(), PolicyDigest: policy,
			Authorized: true, Vouched: true,
		}
		switch b.how {
		case "nonce":
			a.Nonce = make([]byte, 16)
		case "arguments":
			a.ArgumentsDigest = "sha256:of-something-else"
		case "policy":
			a.PolicyDigest = "sha256:newer"
		case "enum":
			a.Read = []oraclev1.Attribute{oraclev1.Attribute_ATTRIBUTE_UNSPECIFIED}
		}
		if err := stream.Send(a); err != nil {
			return err
		}
	}
}
