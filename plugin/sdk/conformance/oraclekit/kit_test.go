package oraclekit_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/oraclekit"
	"argus/plugin/sdk/conformance/planted"
	"argus/plugin/sdk/sdktest"
	oraclev1 "argus/proto/argus/oracle/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const schema = `{"type": "object", "properties": {"limit": {"type": "integer"}}}`

// clerk is an oracle that speaks for itself on the wire, and has at most one defect.
type clerk struct {
	oraclev1.UnimplementedOracleServer
	defect string

	mu     sync.Mutex
	policy sdk.Latest[string]
	asked  int
	held   *oraclev1.Question
}

func (c *clerk) service() sdk.Service {
	return sdk.Service{
		Kind: sdk.KindOracle, Info: sdk.Info{Name: "clerk", Version: "1", SettingsSchema: schema}, Configure: c.configure,
		Register: func(s *grpc.Server) { oraclev1.RegisterOracleServer(s, c) },
	}
}

func (c *clerk) configure(_ context.Context, s sdk.Settings) []sdk.Problem {
	var known struct {
		Limit int `json:"limit"`
	}
	if err := s.Decode(&known); err != nil {
		return []sdk.Problem{{Message: err.Error()}}
	}
	return nil
}

func (c *clerk) Policy(_ *oraclev1.PolicyRequest, stream grpc.ServerStreamingServer[oraclev1.PolicyState]) error {
	for {
		digest, changed := c.policy.Get()
		if err := stream.Send(&oraclev1.PolicyState{Digest: digest, Policies: 1}); err != nil {
			return err
		}
		if c.defect == "ORA-01" {
			return nil
		}
		if c.defect == "ORA-13" {
			changed = nil
		}
		select {
		case <-changed:
		case <-stream.Context().Done():
			return nil
		}
	}
}

func (c *clerk) Ask(stream grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
	for {
		q, err := stream.Recv()
		if err != nil {
			c.lost()
			return err
		}
		for _, a := range c.answer(q) {
			if err := stream.Send(a); err != nil {
				return err
			}
		}
	}
}

// lost is told that a stream broke.
func (c *clerk) lost() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.defect == "ORA-11" {
		c.asked = -1
	}
}

func (c *clerk) answer(q *oraclev1.Question) []*oraclev1.Answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked < 0 {
		return nil
	}
	c.asked++
	policy, _ := c.policy.Get()
	a := &oraclev1.Answer{
		Nonce: q.GetNonce(), PolicyDigest: policy, ArgumentsDigest: q.GetCall().GetArgumentsDigest(),
		Authorized: q.GetAgent().GetDepth() < 5, Read: []oraclev1.Attribute{oraclev1.Attribute_ATTRIBUTE_DEPTH},
	}
	if q.GetEgress() != nil {
		a.ArgumentsDigest = q.GetEgress().GetContentDigest()
	}
	readable := q.GetEgress() != nil || q.GetCall().GetArguments().GetKind() != nil
	if !readable {
		a.Authorized, a.Error = false, "the question can not be read"
	}
	return c.spoil(q, a)
}

// spoil is where a defect shows in an answer. The caller holds mu.
func (c *clerk) spoil(q *oraclev1.Question, a *oraclev1.Answer) []*oraclev1.Answer {
	switch c.defect {
	case "ORA-02":
		a.Nonce = make([]byte, 16)
	case "ORA-02 twice":
		if c.asked == 3 && q.GetCall().GetTool() == "send" {
			return []*oraclev1.Answer{a, a}
		}
	case "ORA-03":
		a.ArgumentsDigest = "sha256:of-something-else"
	case "ORA-04":
		if strings.HasPrefix(q.GetPolicyDigest(), "sha256:") {
			a.PolicyDigest = q.GetPolicyDigest()
		}
	case "ORA-05":
		a.Read = append(a.Read, a.Read[0])
	case "ORA-05 unspecified":
		a.Read = append(a.Read, oraclev1.Attribute_ATTRIBUTE_UNSPECIFIED)
	case "ORA-05 reasons":
		if q.GetEgress() != nil {
			a.Reasons = []string{"\x1b[2K"}
		}
	case "ORA-06":
		a.Authorized = a.Authorized && c.asked%2 == 0
	case "ORA-07":
		a.Read = nil
	case "ORA-08":
		if a.GetError() != "" {
			a.Authorized = true
		}
	case "ORA-09":
		if q.GetEgress() != nil {
			a.Authorized, a.Error = false, "no call"
		}
	case "ORA-10":
		switch q.GetCall().GetTool() {
		case "tool99":
			c.held = q
			return nil
		case "tool100":
			return []*oraclev1.Answer{a, {Nonce: c.held.GetNonce(), PolicyDigest: a.GetPolicyDigest(), ArgumentsDigest: a.GetArgumentsDigest()}}
		}
	case "ORA-12":
		if proto.Size(q) > 4<<20 {
			return nil
		}
	}
	return []*oraclev1.Answer{a}
}

func subject(defect string) sdktest.Subject {
	var latest *clerk
	return sdktest.Subject{
		New: func(testing.TB) sdk.Service {
			latest = &clerk{defect: defect}
			latest.policy.Set("policy-1")
			return latest.service()
		},
		Settings: `{"limit": 5}`,
		Change:   func() error { latest.policy.Set("policy-2"); return nil },
	}
}

func TestAnOracleConforms(t *testing.T) { sdktest.Conform(t, oraclekit.Kit(), subject("")) }

func TestEachDefectFailsItsRequirement(t *testing.T) {
	planted.Each(t, planted.Own(oraclekit.Kit()), []string{
		"ORA-01", "ORA-02", "ORA-02 twice", "ORA-03", "ORA-04", "ORA-05", "ORA-05 unspecified", "ORA-05 reasons", "ORA-06", "ORA-07", "ORA-08", "ORA-09", "ORA-10",
		"ORA-11", "ORA-12", "ORA-13",
	}, func(t *testing.T, defect string) []conformance.Result {
		return sdktest.Results(t, oraclekit.Kit(), subject(defect))
	})
}
