package grpc

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/host/fault"
	"argus/host/mediate"
	agentv1 "argus/proto/argus/agent/v1"
)

func callerOf(principal string) mediate.Caller { return mediate.Caller{Principal: principal} }

// TestEveryFaultHasItsStatusAndSaysWhetherAnythingHappened, and never its cause, but where that is about the client's own request.
func TestEveryFaultHasItsStatusAndSaysWhetherAnythingHappened(t *testing.T) {
	f := &Front{Options: Options{Logger: hclog.NewNullLogger()}}
	for kind, code := range map[fault.Kind]codes.Code{
		fault.Bug: codes.Internal, fault.Invalid: codes.InvalidArgument, fault.Unavailable: codes.Unavailable,
		fault.Timeout: codes.DeadlineExceeded, fault.Stale: codes.Unavailable, fault.Halted: codes.Unavailable,
	} {
		cause := fault.New(kind, "open", errors.New("the cause"))
		for _, begun := range []bool{false, true} {
			var err error = cause
			if begun {
				err = mediate.Begun{Fault: cause}
			}
			s := status.Convert(f.failed("m", err))
			detail, _ := s.Details()[0].(*agentv1.Fault)
			if s.Code() != code || detail.GetBegun() != begun || detail.GetKind() == agentv1.FaultKind_FAULT_KIND_UNSPECIFIED {
				t.Errorf("%s: %v %v", kind, s, detail)
			}
			if (s.Message() == "the cause") != (kind == fault.Invalid) {
				t.Errorf("%s says %q", kind, s.Message())
			}
		}
	}
}

func TestWhatIsWrongWithARequestIsSaidInBrief(t *testing.T) {
	f := &Front{Options: Options{Logger: hclog.NewNullLogger()}}
	said := status.Convert(f.failed("m", fault.New(fault.Invalid, "open", errors.New(strings.Repeat("é", maxSaid))))).Message()
	if said != strings.Repeat("é", maxSaid/2) {
		t.Errorf("%d bytes are said", len(said))
	}
}

// TestRefusalsHaveOneOfThreeStatuses: whatever rule is not listed is denied.
func TestRefusalsHaveOneOfThreeStatuses(t *testing.T) {
	for rule, code := range codeOfRule {
		if code != codes.NotFound && code != codes.FailedPrecondition {
			t.Errorf("%s is %s", rule, code)
		}
	}
	for _, rule := range []string{"2a", "C3", "a new rule"} {
		if s := status.Convert(refused(&mediate.Refusal{Rule: rule})); s.Code() != codes.PermissionDenied {
			t.Errorf("%s is %s", rule, s.Code())
		}
	}
}
