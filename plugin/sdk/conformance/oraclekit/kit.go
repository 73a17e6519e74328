package oraclekit

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	oraclev1 "argus/proto/argus/oracle/v1"
)

// Kit is the checks of an oracle.
func Kit() conformance.Kit {
	followed, asked := conformance.On(follow), conformance.On(begin)
	return append(conformance.Common(firstAnswer),
		followed("ORA-01", "Policy tells the policy in force as soon as it is asked, by a digest of 1 to 128 printable bytes, and keeps the stream open.", policyInForce).AsFirst(),
		asked("ORA-02", "Each question is answered once, with its own nonce.", ownNonce),
		asked("ORA-03", "An answer names the arguments digest of its question, and for an egress the content digest.", ownDigest),
		asked("ORA-04", "An answer names the policy by which it was given, also to a question that was asked under another.", ownPolicy),
		asked("ORA-05", "The host's reading admits the answer: attributes are known and named once, texts are bounded and printable.", wellFormed),
		asked("ORA-06", "The same question under the same policy gets the same answer.", sameAnswer),
		asked("ORA-07", "An answer names every attribute of the agent that it may depend on.", namesWhatItRead),
		asked("ORA-08", "A question that it cannot read gets an answer with an error, which neither authorizes nor vouches.", deniesUnreadable),
		asked("ORA-09", "A question about an egress is answered as one about a call is.", answersEgress),
		asked("ORA-10", "Many questions at once are each answered with what is theirs, within the five seconds that each has.", answersMany),
		asked("ORA-11", "When the stream of questions is cancelled, another one on the same connection is answered.", outlivesCancel),
		asked("ORA-12", "A question of eight MiB is answered, and so is the next one.", takesLarge),
		followed("ORA-13", "A policy that has changed is told on the stream of Policy, by another digest, and a question under that is answered by it.", tellsChange),
	)
}

// firstAnswer asks one question and gives how the stream ended without an answer.
func firstAnswer(ctx context.Context, conn grpc.ClientConnInterface) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	stream, err := oraclev1.NewOracleClient(conn).Ask(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(call("any")); err != nil && !errors.Is(err, io.EOF) { // Recv tells what ended it
		return err
	}
	_, err = stream.Recv()
	return err
}

func policyInForce(_ context.Context, f *following) error {
	if err := sdk.CheckText("the policy digest", f.digest, 1, 128); err != nil {
		return err
	}
	return f.quiet()
}
