package grpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"argus/host/identity"
	agentv1 "argus/proto/argus/agent/v1"
)

// forgeries are what no client may say, as fields that the contract does not have.
func forgeries() map[string][]byte {
	text := func(n protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, n, protowire.BytesType), s)
	}
	flag := func(n protowire.Number) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), 1)
	}
	return map[string][]byte{
		"authorized": flag(20), "vouched": flag(21), "conforms": flag(22), "label": text(23, "public/proven"), "sinks": text(24, ""),
		"bit cost": flag(25), "exposure": text(26, "public/proven"), "agent id": text(27, "root"),
	}
}

// TestNoRequestCarriesWhatTheHostWorksOut: each forged field is sent with each request of each service, refused, and changes nothing.
func TestNoRequestCarriesWhatTheHostWorksOut(t *testing.T) {
	services := map[protoreflect.FullName]int{"argus.agent.v1.Kernel": 17, "argus.agent.v1.Tools": 4, "argus.agent.v1.Watch": 2}
	atEachDoor(t, func(t *testing.T, r *rig) {
		r.register()
		a := r.agent("dee", identity.Declared)
		before := r.mediator.Ledger.Current().Sequence
		for service, count := range services {
			found, err := protoregistry.GlobalFiles.FindDescriptorByName(service)
			if err != nil {
				t.Fatal(err)
			}
			methods := found.(protoreflect.ServiceDescriptor).Methods()
			if methods.Len() != count {
				t.Fatalf("%s has %d methods", service, methods.Len())
			}
			for i := range methods.Len() {
				for name, forged := range forgeries() {
					q := newMessage(t, methods.Get(i).Input())
					q.SetUnknown(forged)
					a.wantForged(string(methods.Get(i).Name())+" with "+name, a.asks(methods.Get(i), q.Interface()))
				}
			}
		}
		if after := r.mediator.Ledger.Current().Sequence; after != before {
			t.Errorf("%d records were written", after-before)
		}
		a.done(a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: "s__rate"}))
	})
}

// asks sends one request to a method, whatever its kind, and reads until there is an error or the end.
func (a agent) asks(method protoreflect.MethodDescriptor, q proto.Message) error {
	a.r.t.Helper()
	path := fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())
	s, err := a.r.client.NewStream(a.ctx, &grpc.StreamDesc{ServerStreams: true}, path)
	if err != nil {
		return err
	}
	if err := s.SendMsg(q); err != nil && err != io.EOF { // of what ended early RecvMsg tells why
		return err
	}
	_ = s.CloseSend()
	return s.RecvMsg(newMessage(a.r.t, method.Output()).Interface())
}

func (a agent) wantForged(what string, err error) {
	a.r.t.Helper()
	if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), errUnknown.Error()) {
		a.r.t.Errorf("%s: %v", what, err)
	}
}

func newMessage(t *testing.T, d protoreflect.MessageDescriptor) protoreflect.Message {
	t.Helper()
	known, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		t.Fatal(err)
	}
	return known.New()
}

// TestSignedActCarriesNothingThatTheHostWorksOut: even the operator's bytes name a refusal, and say nothing of what is consented to.
func TestSignedActCarriesNothingThatTheHostWorksOut(t *testing.T) {
	r := open(t)
	a := r.agent("dee", identity.Declared)
	acts := (&agentv1.Act{}).ProtoReflect().Descriptor().Oneofs().ByName("act").Fields()
	if acts.Len() != 6 {
		t.Fatalf("%d acts", acts.Len())
	}
	for i := range acts.Len() {
		for name, forged := range forgeries() {
			for _, inside := range []bool{true, false} {
				act := &agentv1.Act{}
				what := newMessage(t, acts.Get(i).Message())
				act.ProtoReflect().Set(acts.Get(i), protoreflect.ValueOfMessage(what))
				if inside {
					what.SetUnknown(forged)
				} else {
					act.ProtoReflect().SetUnknown(forged)
				}
				signed := a.signed(act)
				for _, send := range []func(context.Context, *agentv1.SignedAct, ...grpc.CallOption) (*agentv1.Accepted, error){
					a.RegisterTool, a.GrantOverride, a.ActAsRoot,
				} {
					_, err := send(a.ctx, signed)
					a.wantForged(string(acts.Get(i).Name())+" with "+name, err)
				}
			}
		}
	}
	a.done(a.RegisterTool(a.ctx, a.signed(registers(string(r.mediator.Inventory().Spec.Tools[0].ID)))))
}

// TestResultOfAToolThatIsNotEndorsedIsNotTaken: it would be a claim of conformance.
func TestResultOfAToolThatIsNotEndorsedIsNotTaken(t *testing.T) {
	r := open(t)
	r.register()
	a := r.agent("dee", identity.Declared)
	id := a.done(a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: "s__read-db"})).GetEvent().GetStarted().GetInvocation()
	q := &agentv1.InvokeCompleteRequest{Invocation: id, Outcome: agentv1.Outcome_OUTCOME_SUCCESS, Result: []byte(`{"rating":"good"}`)}
	if _, err := a.InvokeComplete(a.ctx, q); status.Code(err) != codes.InvalidArgument {
		t.Errorf("%v", err)
	}
	q.Result = nil
	a.done(a.InvokeComplete(a.ctx, q))
	if x := a.level(""); x != "sensitive" {
		t.Errorf("the agent has met only %s", x)
	}
}

func TestRequestsOfNobodyAreRefusedBeforeTheyAreRead(t *testing.T) {
	atEachDoor(t, func(t *testing.T, r *rig) {
		a, other := r.agent("dee", identity.Declared), r.agent("eve", identity.Declared)
		theirs := other.child(&agentv1.DelegateRequest{})
		bearer := func(values ...string) agent {
			b := a
			b.ctx = t.Context()
			for _, v := range values {
				b.ctx = metadata.AppendToOutgoingContext(b.ctx, "authorization", v)
			}
			return b
		}
		md, _ := metadata.FromOutgoingContext(a.ctx)
		mine := md.Get("authorization")[0]
		for name, b := range map[string]agent{
			"none": bearer(), "unknown": bearer("Bearer " + string(identity.NewToken())), "twice": bearer(mine, mine), "basic": bearer("Basic x"),
			"empty": bearer(""),
		} {
			for _, call := range []func() error{
				func() error { _, err := b.Delegate(b.ctx, &agentv1.DelegateRequest{}); return err },
				func() error { _, err := b.Challenge(b.ctx, &agentv1.ChallengeRequest{}); return err },
				func() error {
					return r.client.Invoke(b.ctx, "/no.such/Method", &agentv1.DelegateRequest{}, &agentv1.Accepted{})
				},
			} {
				if err := call(); status.Code(err) != codes.Unauthenticated {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		for _, id := range []string{theirs, "ctx_none", "root", "root.0"} {
			_, err := a.Delegate(a.ctx, &agentv1.DelegateRequest{Context: id})
			a.refusedBy(err, codes.NotFound, ruleContext)
			_, err = a.Revoke(a.ctx, &agentv1.RevokeRequest{Child: id})
			a.refusedBy(err, codes.NotFound, ruleContext)
			_, err = a.Await(a.ctx, &agentv1.AwaitRequest{Child: id})
			a.refusedBy(err, codes.NotFound, ruleContext)
		}
		sticky := r.agent("sam", identity.Sticky)
		_, err := sticky.Delegate(sticky.ctx, &agentv1.DelegateRequest{})
		sticky.refusedBy(err, codes.FailedPrecondition, ruleSticky)
		a.child(&agentv1.DelegateRequest{})
	})
}

// raw sends the bytes that it is given.
type raw struct{ bytes []byte }

type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }
func (rawCodec) Marshal(v any) ([]byte, error) {
	m, ok := v.(raw)
	if !ok {
		return nil, errors.New("not raw")
	}
	return m.bytes, nil
}
func (rawCodec) Unmarshal([]byte, any) error { return nil }

func TestBadInputIsAClearErrorOfTheClients(t *testing.T) {
	atEachDoor(t, func(t *testing.T, r *rig) {
		r.register()
		a := r.agent("dee", identity.Declared)
		before := r.mediator.Ledger.Current().Sequence
		field := func(n protowire.Number, s string) []byte {
			return protowire.AppendString(protowire.AppendTag(nil, n, protowire.BytesType), s)
		}
		for name, c := range map[string]struct {
			method string
			bytes  []byte
			code   codes.Code
		}{
			"invalid UTF-8":    {"Elevate", field(2, "\xff\xfe"), codes.InvalidArgument},
			"half a message":   {"Elevate", []byte{0x12, 0x7f, 'x'}, codes.InvalidArgument},
			"an unknown enum":  {"InvokeComplete", []byte{0x18, 99}, codes.InvalidArgument},
			"no enum":          {"InvokeComplete", []byte{0x10, 1}, codes.InvalidArgument},
			"an id of 1 MB":    {"Elevate", field(1, strings.Repeat("x", 1<<20-100)), codes.InvalidArgument},
			"a long key":       {"Elevate", field(15, strings.Repeat("k", 129)), codes.InvalidArgument},
			"too long":         {"Elevate", field(1, strings.Repeat("x", 1<<20+1)), codes.ResourceExhausted},
			"many names":       {"Delegate", []byte(strings.Repeat(string(field(2, "ipc")), 300)), codes.InvalidArgument},
			"no JSON":          {"InvokeStart", append(field(2, "s__rate"), field(3, `{"n":1,"n":2}`)...), codes.InvalidArgument},
			"not an object":    {"InvokeStart", append(field(2, "s__rate"), field(3, `[]`)...), codes.InvalidArgument},
			"an empty value":   {"ReturnEndorsed", field(1, "ctx_none"), codes.InvalidArgument},
			"no such source":   {"Elevate", field(2, "x"), codes.NotFound},
			"a page too large": {"Snapshot", protowire.AppendVarint([]byte{0x08}, 1<<20), codes.InvalidArgument},
		} {
			err := r.client.Invoke(a.ctx, "/argus.agent.v1.Kernel/"+c.method, raw{c.bytes}, &agentv1.Accepted{}, grpc.ForceCodec(rawCodec{}))
			if status.Code(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
			if len(status.Convert(err).Message()) > 200 {
				t.Errorf("%s: the error repeats what was sent", name)
			}
		}
		if after := r.mediator.Ledger.Current().Sequence; after != before {
			t.Errorf("%d records were written", after-before)
		}
		a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox"}))
	})
}

// TestRequestsOfOnePrincipalAreBounded: what waits is refused at the bound, and another principal is served beside it.
func TestRequestsOfOnePrincipalAreBounded(t *testing.T) {
	atEachDoor(t, func(t *testing.T, r *rig) {
		a, other := r.agent("dee", identity.Declared), r.agent("eve", identity.Declared)
		child := a.child(&agentv1.DelegateRequest{})
		waiting := make(chan error, requests)
		second := r.dial() // one connection has no more streams than that either
		defer second.Close()
		for range requests {
			go func() {
				_, err := a.Await(a.ctx, &agentv1.AwaitRequest{Child: child})
				waiting <- err
			}()
		}
		beside := agentv1.NewKernelClient(second)
		for {
			_, err := beside.Challenge(a.ctx, &agentv1.ChallengeRequest{})
			if status.Code(err) == codes.ResourceExhausted {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := beside.Delegate(other.ctx, &agentv1.DelegateRequest{}); err != nil {
			t.Errorf("another principal: %v", err)
		}
		if step, err := r.mediator.End(t.Context(), callerOf("dee"), "dee"); err != nil || step.Refusal != nil {
			t.Fatal(step.Refusal, err)
		}
		for range requests {
			<-waiting
		}
		if _, err := beside.Challenge(a.ctx, &agentv1.ChallengeRequest{}); err != nil {
			t.Errorf("places are not given back: %v", err)
		}
	})
}
