package oracle_test

import (
	"context"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
)

// quiet authorizes every call without a sink and vouches for nothing.
type quiet struct {
	policy sdk.Latest[oracle.PolicyState]
}

const rules = "quiet-1"

func (q *quiet) Configure(context.Context, sdk.Settings) []sdk.Problem {
	q.policy.Set(oracle.PolicyState{Digest: rules, Policies: 1})
	return nil
}

func (q *quiet) Policy() (oracle.PolicyState, <-chan struct{}) { return q.policy.Get() }

func (q *quiet) Ask(_ context.Context, question oracle.Question) oracle.Answer {
	call, ok := question.About.(oracle.Call)
	return oracle.Answer{
		PolicyDigest: rules,
		Authorized:   ok && len(call.Sinks) == 0,
		Reasons:      []string{"calls without a sink are allowed"},
	}
}

// The main function of a plugin. Run by hand it says that Argus starts it.
func ExampleServe() {
	oracle.Serve(sdk.Info{Name: "quiet", Version: "1.0"}, &quiet{})
}
