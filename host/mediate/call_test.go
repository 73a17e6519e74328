package mediate

import (
	"context"
	"errors"
	"strings"
	"testing"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/registry"
)

func TestWhatWasReadCannotBeSentOut(t *testing.T) {
	r := newRig(t)
	who, other := r.agent("a", identity.Sticky), r.agent("b", identity.Sticky)
	r.wantResult(r.call(who, "s__send-email", `{}`), "done")
	r.wantResult(r.call(who, "s__read-db", `{}`), "done")
	sent := len(r.servers.made())
	told := r.wantRefused(r.call(who, "s__send-email", `{}`), "2a")
	if len(r.servers.made()) != sent {
		t.Error("the refused call reached the server")
	}
	if told.Level != "sensitive" || !strings.Contains(strings.Join(told.Remedies, " "), "argus agent fresh a") {
		t.Errorf("the operator is told %+v", told)
	}
	if causes := strings.Join(told.Causes, "\n"); !strings.Contains(causes, "the result of s/read-db@") {
		t.Errorf("the operator is not told which call brought it:\n%s", causes)
	}
	r.wantResult(r.call(other, "s__send-email", `{}`), "done")
}

// TestNoEffectBeforeItsRecordedStart looks at the ledger from inside the server.
func TestNoEffectBeforeItsRecordedStart(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	r.servers.serve = func(context.Context, upstream.Request) (upstream.Reply, error) {
		s := r.Ledger.Current()
		if v, _ := s.State.View(s.Theory, who.Agent); v.Flights.Len() != 1 {
			t.Error("the server was reached without an open flight")
		}
		return upstream.Reply{Result: ijson.MustParse(`{}`)}, nil
	}
	r.call(who, "s__read-db", `{}`)
	if x := r.exposure(who); x.Level != kernel.Sensitive {
		t.Errorf("released at exposure %s", x)
	}
}

func TestCallThatFailsOrIsCancelledTaintsAllTheSame(t *testing.T) {
	for name, serve := range map[string]func(ctx context.Context) (upstream.Reply, error){
		"server died": func(context.Context) (upstream.Reply, error) {
			return upstream.Reply{}, fault.New(fault.Unavailable, "x", nil)
		},
		"tool failed": func(context.Context) (upstream.Reply, error) {
			return upstream.Reply{Error: &upstream.RPCError{Code: -32000, Message: "secret"}}, nil
		},
		"agent is off": func(ctx context.Context) (upstream.Reply, error) {
			return upstream.Reply{}, fault.New(fault.Timeout, "x", ctx.Err())
		},
	} {
		r := newRig(t)
		who := r.agent("a", identity.Sticky)
		cancelled, cancel := context.WithCancel(ctx)
		r.servers.serve = func(ctx context.Context, _ upstream.Request) (upstream.Reply, error) {
			cancel()
			return serve(ctx)
		}
		if _, err := r.CallTool(cancelled, who, "s__read-db", ijson.Value{}, nil); err != nil && fault.KindOf(err) == fault.Bug {
			t.Errorf("%s: %v", name, err)
		}
		if x := r.exposure(who); x.Level != kernel.Sensitive {
			t.Errorf("%s: the exposure is %s", name, x)
		}
		s := r.Ledger.Current()
		if v, _ := s.State.View(s.Theory, who.Agent); v.Flights.Len() != 0 {
			t.Errorf("%s: the call is still open", name)
		}
	}
}

func TestServerThatIsDownLeavesNoTrace(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	r.servers.down = errors.New("down")
	if _, err := r.CallTool(ctx, who, "s__read-db", ijson.Value{}, nil); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
	if x := r.exposure(who); x != kernel.Clean() {
		t.Errorf("a call that never began brought %s", x)
	}
}

func TestOracleDecidesAndItsSilenceIsNoPass(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(oracle.Question) (oracle.Answer, error)
		rule   string
		kind   fault.Kind
	}{
		"denies": {answer: func(q oracle.Question) (oracle.Answer, error) {
			return oracle.Answer{PolicyDigest: q.PolicyDigest, Reasons: []string{"night.cedar#1"}}, nil
		}, rule: "C3"},
		"cannot evaluate": {answer: func(q oracle.Question) (oracle.Answer, error) {
			return oracle.Answer{PolicyDigest: q.PolicyDigest, Authorized: true, EvaluationError: "type error"}, nil
		}, rule: "C3"},
		"is silent": {answer: func(oracle.Question) (oracle.Answer, error) {
			return oracle.Answer{}, fault.New(fault.Timeout, "ask", nil)
		}, kind: fault.Timeout},
	} {
		r := newRig(t)
		who := r.agent("a", identity.Sticky)
		r.oracle.answer = c.answer
		reply, err := r.CallTool(ctx, who, "s__read-db", ijson.Value{}, nil)
		if c.rule != "" {
			r.wantRefused(reply, c.rule)
		} else if fault.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
		if len(r.servers.made()) != 0 {
			t.Errorf("%s: the server was reached", name)
		}
	}
}

func TestVouchingOpensOnlyWhereThePolicyInspects(t *testing.T) {
	r := newRig(t)
	vouch := false
	r.oracle.answer = func(q oracle.Question) (oracle.Answer, error) {
		return oracle.Answer{PolicyDigest: q.PolicyDigest, Authorized: true, Vouched: vouch}, nil
	}
	who := r.agent("a", identity.Sticky)
	r.call(who, "s__read-file", `{}`)
	told := r.wantRefused(r.call(who, "s__send-email", `{}`), "2a")
	if !strings.Contains(strings.Join(told.Causes, " "), "did not vouch") {
		t.Errorf("the operator is told %v", told.Causes)
	}
	vouch = true
	r.wantResult(r.call(who, "s__send-email", `{}`), "done")
	r.call(who, "s__read-db", `{}`)
	r.wantRefused(r.call(who, "s__send-email", `{}`), "2a")
}

// TestVerdictOnAnEarlierExposureIsAskedAgain lets the exposure grow between the answer and the start.
func TestVerdictOnAnEarlierExposureIsAskedAgain(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	r.oracle.answer = func(q oracle.Question) (oracle.Answer, error) {
		if len(r.oracle.asked) == 1 {
			r.apply(kernel.Elevate{Agent: who.Agent, Label: kernel.Exposure{Level: kernel.Internal, Integrity: kernel.Verified}})
		}
		return oracle.Answer{PolicyDigest: q.PolicyDigest, Authorized: true, Vouched: true, Read: []oracle.Attribute{oracle.ExposureNow}}, nil
	}
	r.wantResult(r.call(who, "s__send-email", `{}`), "done")
	if n := len(r.oracle.asked); n != 2 || r.oracle.asked[1].Agent.Exposure.Level != "internal" || !r.oracle.asked[1].Inspect {
		t.Errorf("asked %d times, last about %+v", n, r.oracle.asked[n-1].Agent)
	}
}

func TestStateThatNeverHoldsStillIsGivenUp(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	n := 0
	r.oracle.answer = func(q oracle.Question) (oracle.Answer, error) {
		levels := []kernel.Level{kernel.Internal, kernel.Sensitive, kernel.Restricted, kernel.Restricted, kernel.Restricted}
		integrity := []kernel.Integrity{kernel.Verified, kernel.Verified, kernel.Verified, kernel.Observed, kernel.Untrusted}
		r.apply(kernel.Elevate{Agent: who.Agent, Label: kernel.Exposure{Level: levels[n], Integrity: integrity[n]}})
		n++
		return oracle.Answer{PolicyDigest: q.PolicyDigest, Authorized: true, Read: []oracle.Attribute{oracle.ExposureNow}}, nil
	}
	if _, err := r.CallTool(ctx, who, "s__read-db", ijson.Value{}, nil); fault.KindOf(err) != fault.Stale || n != maxAsks {
		t.Errorf("asked %d times: %v", n, err)
	}
	if len(r.servers.made()) != 0 {
		t.Error("the server was reached")
	}
}

func TestEndorsedResultIsEncodedAnew(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	r.servers.serve = func(context.Context, upstream.Request) (upstream.Reply, error) {
		return upstream.Reply{Result: ijson.MustParse(`{"content":[{"type":"text","text":"SECRET"}],"_meta":{"x":"SECRET"},"structuredContent":{ "rating" : "good" }}`)}, nil
	}
	got := r.call(who, "s__rate", `{}`).Result.Raw()
	if got != `{"content":[{"type":"text","text":"{\"rating\":\"good\"}"}],"structuredContent":{"rating":"good"}}` {
		t.Errorf("released %s", got)
	}
	if x := r.exposure(who); x.Level != kernel.Public {
		t.Errorf("the endorsed result brought %s", x)
	}
	for range 10 { // 2 bits each of 20: the eleventh is not paid for
		r.call(who, "s__rate", `{}`)
	}
	if x := r.exposure(who); x.Level != kernel.Internal {
		t.Errorf("without bits left the result brought only %s", x)
	}
}

func TestEndorsedToolThatSaysMoreTaints(t *testing.T) {
	for _, result := range []string{
		`{"structuredContent":{"rating":"SECRET"}}`, `{"structuredContent":{"rating":"good","more":"SECRET"}}`, `{"content":[]}`,
		`{"isError":true,"structuredContent":{"rating":"good"}}`,
	} {
		r := newRig(t)
		who := r.agent("a", identity.Sticky)
		r.servers.serve = func(context.Context, upstream.Request) (upstream.Reply, error) {
			return upstream.Reply{Result: ijson.MustParse(result)}, nil
		}
		r.call(who, "s__rate", `{}`)
		if x := r.exposure(who); x.Level != kernel.Internal {
			t.Errorf("%s brought %s", result, x)
		}
	}
}

func TestArgumentsAreCheckedAndForwardedAsOneReading(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	told := r.wantRefused(r.call(who, "s__read-db", `{"n":"SECRET"}`), "arguments")
	if strings.Contains(strings.Join(told.Causes, " "), "SECRET") {
		t.Error("the arguments stand in the record")
	}
	r.call(who, "s__read-db", "{\n \"n\" : 1.50e1,\n\"z\":{\"__entity\":1}}")
	if got := r.servers.made(); len(got) != 1 || got[0] != `s tools/call {"name":"read-db","arguments":{ "n" : 1.50e1,"z":{"__entity":1}}}` {
		t.Errorf("the server got %q", got)
	}
	q := r.oracle.asked[0].About.(oracle.Call)
	if q.ArgumentsDigest != ijson.Digest(ijson.MustParse(`{"z":{"__entity":1},"n":15}`)) {
		t.Error("the digest depends on spelling")
	}
	n, _ := q.Arguments.(oracle.Object).Get("n")
	if n != (oracle.Number{Text: "1.50e1", Exact: true}) {
		t.Errorf("the oracle was shown %+v", n)
	}
}

func TestUnknownToolsAndClosedChannelsAreRefusedAndExplained(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	r.wantRefused(r.call(who, "s__none", `{}`), "unknown_tool")
	reply, err := r.UseChannel(ctx, who, "s", registry.Resources, "resources/read", ijson.MustParse(`{"uri":"file:///x"}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	told := r.wantRefused(reply, "closed_channel")
	if !strings.Contains(strings.Join(told.Remedies, " "), "[channels.resources]") {
		t.Errorf("told %+v", told)
	}
	r.stock.now = nil
	if _, err := r.CallTool(ctx, who, "s__read-db", ijson.Value{}, nil); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without an inventory: %v", err)
	}
}

func TestMissingCapabilityIsRuleC1(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky, kernel.CapIPC)
	told := r.wantRefused(r.call(who, "s__send-email", `{}`), "C1")
	if !strings.Contains(strings.Join(told.Remedies, " "), "--capability network_egress") {
		t.Errorf("told %+v", told)
	}
}

func TestSchemaOfAToolThatIsNotListedIsNotTold(t *testing.T) {
	r := newRig(t)
	without, with := r.agent("a", identity.Sticky, kernel.CapIPC), r.agent("b", identity.Sticky)
	wrong := `{"n":"x"}`
	if reply := r.call(without, "s__send-email", wrong); reply.Refusal == nil || reply.Refusal.Detail != "" {
		t.Errorf("an agent that lacks the capability was told %+v", reply.Refusal)
	}
	if reply := r.call(with, "s__send-email", wrong); reply.Refusal == nil || !strings.Contains(reply.Refusal.Detail, "/n") {
		t.Errorf("the control was told %+v", reply.Refusal)
	}
}

func TestLimitsAreRefusedByName(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	r.pace = newPace(3)
	for range 3 {
		r.wantResult(r.call(who, "s__read-file", `{}`), "done")
	}
	r.wantRefused(r.call(who, "s__read-file", `{}`), "limit")
	r.wantResult(r.call(r.agent("b", identity.Sticky), "s__read-file", `{}`), "done")
}

func TestDryRunChangesNothing(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	before := r.Ledger.Current()
	allowed, _, err := r.DryRun(ctx, who, "s__read-db", ijson.Value{})
	if err != nil || !allowed {
		t.Fatalf("allowed %v, %v", allowed, err)
	}
	if r.Ledger.Current() != before || len(r.servers.made()) != 0 {
		t.Error("the dry run left a trace")
	}
	r.call(who, "s__read-db", `{}`)
	allowed, said, err := r.DryRun(ctx, who, "s__send-email", ijson.Value{})
	if err != nil || allowed || said.Rule != "2a" || said.Reference != "" {
		t.Errorf("%v %+v, %v", allowed, said, err)
	}
}

// TestWhatHoldsCallsUpIsForeseen: a dry run that says allowed is believed.
func TestWhatHoldsCallsUpIsForeseen(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	away := errors.New("the sink is away")
	for _, holds := range []error{away, nil} {
		r.Behind = func() error { return holds }
		allowed, _, foreseen := r.DryRun(ctx, who, "s__read-db", ijson.Value{})
		_, made := r.CallTool(ctx, who, "s__read-db", ijson.Value{}, nil)
		if allowed != (holds == nil) || !errors.Is(foreseen, holds) || !errors.Is(made, holds) || len(r.servers.made()) > 0 != allowed {
			t.Errorf("%v: allowed %v, %v; made %v, servers %v", holds, allowed, foreseen, made, r.servers.made())
		}
	}
}

// TestStricterTheoryJudgesNoCallByTheOldDeclaration puts a stricter theory in force while a call is on its way with the tool as the older
// inventory declares it.
func TestStricterTheoryJudgesNoCallByTheOldDeclaration(t *testing.T) {
	for name, change := range map[string]func(*tool){
		"label": func(d *tool) { d.level = "sensitive" },
		"sinks": func(d *tool) { d.sinks = append(d.sinks, "ipc") },
	} {
		for _, late := range []bool{false, true} {
			r := newRig(t)
			who := r.agent("a", identity.Sticky)
			tools := stories()
			called := 1 // read-file
			if name == "sinks" {
				called = 2 // send-email
			}
			change(&tools[called])
			stricter := inventoryOf(t, tools)
			adopt := func() {
				if _, err := r.Ledger.Adopt(ctx, stricter.Spec); err != nil {
					t.Error(err)
				}
			}
			if late {
				r.oracle.answer = func(q oracle.Question) (oracle.Answer, error) { adopt(); return allowAll(q) }
			} else {
				adopt()
			}
			reply, err := r.CallTool(ctx, who, "s__"+tools[called].name, ijson.Value{}, nil)
			if err == nil || fault.KindOf(err) != fault.Stale || len(r.servers.made()) != 0 {
				t.Errorf("%s, late %v: %+v, %v, servers %v", name, late, reply, err, r.servers.made())
			}
			s := r.Ledger.Current()
			if v, _ := s.State.View(s.Theory, who.Agent); v.Flights.Len() != 0 {
				t.Errorf("%s, late %v: a flight was left open", name, late)
			}
			r.oracle.answer, r.stock.now = allowAll, stricter
			if name == "label" {
				r.wantResult(r.call(who, "s__read-file", `{}`), "done")
				if x := r.exposure(who); x.Level != kernel.Sensitive {
					t.Errorf("the control brought %s", x)
				}
			}
		}
	}
}

// TestVouchedCallSaysNothingBesideItsValue hides a message in the spelling of a call whose value is vouched for.
func TestVouchedCallSaysNothingBesideItsValue(t *testing.T) {
	r := newRig(t)
	r.oracle.answer = func(q oracle.Question) (oracle.Answer, error) {
		return oracle.Answer{PolicyDigest: q.PolicyDigest, Authorized: true, Vouched: true}, nil
	}
	who := r.agent("a", identity.Sticky)
	spelled := `{"\u0078": [ ],  "n" :   1.50e1}`
	r.wantResult(r.call(who, "s__send-email", spelled), "done")
	r.call(who, "s__read-file", `{}`)
	r.wantResult(r.call(who, "s__send-email", spelled), "done")
	got := r.servers.made()
	if want := `s tools/call {"name":"send-email","arguments":{"n":15,"x":[]}}`; len(got) != 3 || got[2] != want {
		t.Errorf("a server got the agent's own spelling: %q", got)
	}
	if want := `s tools/call {"name":"send-email","arguments":` + spelled + `}`; got[0] != want {
		t.Errorf("the control, for which nothing had to be vouched, was sent as %q", got[0])
	}
}

func TestFaultSaysWhetherTheCallHadBegun(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	var begun Begun
	r.oracle.answer = func(oracle.Question) (oracle.Answer, error) {
		return oracle.Answer{}, fault.New(fault.Timeout, "ask", nil)
	}
	if _, err := r.CallTool(ctx, who, "s__read-db", ijson.Value{}, nil); err == nil || errors.As(err, &begun) {
		t.Errorf("a silent oracle: %v", err)
	}
	r.oracle.answer = allowAll
	r.servers.serve = func(context.Context, upstream.Request) (upstream.Reply, error) {
		return upstream.Reply{}, fault.New(fault.Timeout, "call", nil)
	}
	if _, err := r.CallTool(ctx, who, "s__read-db", ijson.Value{}, nil); !errors.As(err, &begun) || fault.KindOf(err) != fault.Timeout {
		t.Errorf("a silent server: %v", err)
	}
}
