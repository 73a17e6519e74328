package grpc

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/mediate"
	agentv1 "argus/proto/argus/agent/v1"
)

const maxSaid = 512 // bytes of what is wrong with a request

// The door's own rules, beside those of the kernel and of package mediate.
const (
	ruleContext = "unknown_context"
	ruleNoAgent = "no_context"
	ruleSticky  = "sticky"
	ruleSigned  = "operator"
	ruleCall    = "unknown_call"
)

// codeOfRule is the status of each refusal by another rule than of what may be done, which is PERMISSION_DENIED: what there is not is
// NOT_FOUND, and what could be asked again when the agent is in another state is FAILED_PRECONDITION.
var codeOfRule = map[string]codes.Code{
	ruleContext:           codes.NotFound,
	mediate.RuleTool:      codes.NotFound,
	mediate.RuleUpstream:  codes.NotFound,
	mediate.RuleSource:    codes.NotFound,
	mediate.RuleReference: codes.NotFound,
	"unknown_capability":  codes.NotFound,
	"not_in_flight":       codes.NotFound,
	ruleCall:              codes.NotFound,

	ruleNoAgent:           codes.FailedPrecondition,
	ruleSticky:            codes.FailedPrecondition,
	"not_acting":          codes.FailedPrecondition,
	"not_active":          codes.FailedPrecondition,
	"parent_active":       codes.FailedPrecondition,
	"already_registered":  codes.FailedPrecondition,
	"unregistered":        codes.FailedPrecondition,
	mediate.RuleKey:       codes.FailedPrecondition,
	mediate.RuleCalled:    codes.FailedPrecondition,
	"bits":                codes.FailedPrecondition,
	"unbounded":           codes.FailedPrecondition,
	"busy":                codes.FailedPrecondition,
	mediate.RuleLimit:     codes.FailedPrecondition,
	mediate.RuleArguments: codes.FailedPrecondition,
	mediate.RuleReturn:    codes.FailedPrecondition,
	mediate.RuleWithheld:  codes.FailedPrecondition,
	"exhausted":           codes.FailedPrecondition,
}

// refused is the status of a refusal.
func refused(r *mediate.Refusal) error {
	code, listed := codeOfRule[r.Rule]
	if !listed {
		code = codes.PermissionDenied
	}
	return detailed(code, r.Sentence, &agentv1.Refusal{
		Rule: r.Rule, Sentence: r.Sentence, Reference: string(r.Reference), Detail: r.Detail, Invocation: (*uint64)(r.Invocation),
	})
}

var errNoContext = refused(&mediate.Refusal{Rule: ruleContext, Sentence: "There is no such context of this agent."})

// faults maps each kind of failure to its status, to what a client is told of it, and to its name in the contract. The cause stays in the log.
var faults = map[fault.Kind]struct {
	code codes.Code
	text string
	kind agentv1.FaultKind
}{
	fault.Invalid:     {codes.InvalidArgument, "Argus cannot carry out this request as it is.", agentv1.FaultKind_FAULT_KIND_INVALID},
	fault.Unavailable: {codes.Unavailable, "A part that this request needs is not available now.", agentv1.FaultKind_FAULT_KIND_UNAVAILABLE},
	fault.Timeout:     {codes.DeadlineExceeded, "No answer came in time, or the request was cancelled.", agentv1.FaultKind_FAULT_KIND_TIMEOUT},
	fault.Stale:       {codes.Unavailable, "What the request was judged by has changed. Try again.", agentv1.FaultKind_FAULT_KIND_STALE},
	fault.Halted:      {codes.Unavailable, "Argus allows nothing now: its operator must look at `argus status`.", agentv1.FaultKind_FAULT_KIND_HALTED},
	fault.Bug:         {codes.Internal, "Argus failed to carry out this request.", agentv1.FaultKind_FAULT_KIND_BUG},
}

// failed maps an error of a handler to the status that is sent. A status is already one.
func (f *Front) failed(method string, err error) error {
	if _, is := err.(interface{ GRPCStatus() *status.Status }); is {
		return err
	}
	if errors.Is(err, identity.ErrContext) {
		return errNoContext
	}
	kind := fault.KindOf(err)
	if kind == fault.Bug && !errors.Is(err, context.Canceled) {
		f.Logger.Error("a request failed", "method", method, "error", err)
	} else {
		f.Logger.Debug("a request failed", "method", method, "kind", kind, "error", err)
	}
	said, listed := faults[kind]
	if !listed {
		said = faults[fault.Bug]
	}
	var begun mediate.Begun
	text := said.text
	var own *fault.Error
	if errors.As(err, &own) && own.Kind == fault.Invalid && own.Plugin == "" && own.Cause != nil {
		text = own.Cause.Error() // about the client's own request
		if len(text) > maxSaid {
			text = strings.ToValidUTF8(text[:maxSaid], "")
		}
	}
	return detailed(said.code, text, &agentv1.Fault{Kind: said.kind, Begun: errors.As(err, &begun)})
}

func detailed(code codes.Code, text string, detail protoadapt.MessageV1) error {
	s, err := status.New(code, text).WithDetails(detail)
	if err != nil {
		return status.Error(codes.Internal, "a detail could not be encoded")
	}
	return s.Err()
}
