package grpc

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"argus/host/identity"
	agentv1 "argus/proto/argus/agent/v1"
)

type events = grpc.ServerStreamingClient[agentv1.EventsReply]

// next reads until a message that want accepts.
func next(t *testing.T, s events, want func(*agentv1.EventsReply) bool) *agentv1.EventsReply {
	t.Helper()
	for {
		m, err := s.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if want(m) {
			return m
		}
	}
}

func delegatedBy(m *agentv1.EventsReply) string {
	return m.GetRecorded().GetEvent().GetDelegated().GetBy().GetId()
}

func (a agent) watch(q *agentv1.EventsRequest) events {
	a.r.t.Helper()
	ctx, cancel := context.WithCancel(a.ctx)
	a.r.t.Cleanup(cancel)
	s, err := agentv1.NewWatchClient(a.r.client).Events(ctx, q)
	if err != nil {
		a.r.t.Fatal(err)
	}
	return s
}

func zero() *uint64 { return new(uint64) }

func TestWatcherIsToldOfItsOwnAgentsAlone(t *testing.T) {
	r := open(t)
	r.register()
	a, other := r.agent("a", identity.Declared), r.agent("other", identity.Declared)
	mine, others := a.child(&agentv1.DelegateRequest{}), other.child(&agentv1.DelegateRequest{})
	own := map[string]bool{}
	for _, s := range a.snapshot() {
		own[s.GetAgent().GetId()] = true
	}
	all := a.watch(&agentv1.EventsRequest{After: zero()})
	last := a.done(a.Revoke(a.ctx, &agentv1.RevokeRequest{Child: mine})).GetSequence()
	for {
		m, err := all.Recv()
		if err != nil {
			t.Fatal(err)
		}
		e := m.GetRecorded().GetEvent()
		if d := e.GetDelegated(); d != nil && !own[d.GetChild().GetId()] || e.GetRegistered() != nil {
			t.Errorf("was told %v", m)
		}
		if m.GetRecorded().GetSequence() == last {
			break
		}
	}
	s := a.watch(&agentv1.EventsRequest{After: zero(), Contexts: []string{others}})
	_, err := s.Recv()
	a.refusedBy(err, codes.NotFound, ruleContext)
	future := r.mediator.Durable() + 1000
	if _, err := a.watch(&agentv1.EventsRequest{After: &future}).Recv(); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a number that was never given: %v", err)
	}
}

func TestRefusalsAreToldAsTheyComeAndKindsAreFiltered(t *testing.T) {
	r := open(t)
	r.register()
	a := r.agent("a", identity.Declared)
	s := a.watch(&agentv1.EventsRequest{After: zero(), Kinds: []agentv1.EventKind{
		agentv1.EventKind_EVENT_KIND_REFUSED, agentv1.EventKind_EVENT_KIND_DELEGATED,
	}})
	next(t, s, func(m *agentv1.EventsReply) bool { return m.GetRecorded().GetEvent().GetDelegated() != nil }) // it watches now
	_, err := a.GrantCapability(a.ctx, &agentv1.GrantCapabilityRequest{Child: a.child(&agentv1.DelegateRequest{}), Capability: "none"})
	if err == nil {
		t.Fatal("a capability of no catalogue was granted")
	}
	m := next(t, s, func(m *agentv1.EventsReply) bool {
		if m.GetRecorded() != nil && m.GetRecorded().GetEvent().GetDelegated() == nil {
			t.Errorf("a kind that was not asked for: %v", m)
		}
		return m.GetRefused() != nil
	})
	if r := m.GetRefused().GetRefusal(); r.GetSentence() != status.Convert(err).Message() || r.GetReference() == "" {
		t.Errorf("was told %v of %v", r, err)
	}
}

func TestOnlyTheOperatorKeyShowsEverybody(t *testing.T) {
	r := open(t)
	r.register()
	a, other := r.agent("a", identity.Declared), r.agent("other", identity.Declared)
	other.child(&agentv1.DelegateRequest{})
	watch := func(act *agentv1.SignedAct) events {
		ctx, cancel := context.WithCancel(a.ctx)
		t.Cleanup(cancel)
		s, err := agentv1.NewWatchClient(r.client).AllEvents(ctx, &agentv1.AllEventsRequest{Act: act, After: zero()})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	all := func() *agentv1.Act { return &agentv1.Act{Act: &agentv1.Act_WatchAll{WatchAll: &agentv1.WatchAll{}}} }
	unsigned := a.signed(all())
	unsigned.Signature = nil
	spent := a.signed(all())
	next(t, watch(spent), func(m *agentv1.EventsReply) bool { return delegatedBy(m) != "" && delegatedBy(m) != "root" }) // the control: other's child
	for name, act := range map[string]*agentv1.SignedAct{"none": nil, "unsigned": unsigned, "used before": spent} {
		_, err := watch(act).Recv()
		t.Log(name)
		a.refusedBy(err, codes.PermissionDenied, ruleSigned)
	}
	otherAct := a.signed(&agentv1.Act{Act: &agentv1.Act_RootRevoke{RootRevoke: &agentv1.RootRevoke{Principal: "other"}}})
	if _, err := watch(otherAct).Recv(); status.Code(err) != codes.InvalidArgument {
		t.Errorf("another act: %v", err)
	}
}

// TestWatcherOfASubtreeIsToldOfItAlone, and of nobody else the id by which requests name it.
func TestWatcherOfASubtreeIsToldOfItAlone(t *testing.T) {
	r := open(t)
	r.register()
	a := r.agent("a", identity.Declared)
	above := a.child(&agentv1.DelegateRequest{Capabilities: []string{"ipc"}})
	mine, sibling := a.child(&agentv1.DelegateRequest{Context: above}), a.child(&agentv1.DelegateRequest{Context: above})
	below, _ := r.issue(identity.Credential{Principal: "a", Transitions: identity.AllTransitions, Root: identity.ContextID(mine)})
	grandchild := below.child(&agentv1.DelegateRequest{Context: mine})
	a.done(a.GrantCapability(a.ctx, &agentv1.GrantCapabilityRequest{Context: above, Child: mine, Capability: "ipc"}))
	a.child(&agentv1.DelegateRequest{Context: sibling})
	told := func(by agent, until string) (text string) {
		t.Helper()
		s := by.watch(&agentv1.EventsRequest{After: zero()})
		next(t, s, func(m *agentv1.EventsReply) bool {
			text += m.String() + "\n"
			return m.GetRecorded().GetEvent().GetRevoked().GetChild().GetId() == until
		})
		return text
	}
	ended := below.done(below.Revoke(below.ctx, &agentv1.RevokeRequest{Context: mine, Child: grandchild})).GetEvent().GetRevoked().GetChild().GetId()
	own, all := told(below, ended), told(a, ended)
	for _, id := range []string{above, sibling} {
		if strings.Contains(own, id) || !strings.Contains(all, id) {
			t.Errorf("%s: the subtree was told\n%s\nand the control\n%s", id, own, all)
		}
	}
	if !strings.Contains(own, mine) || !strings.Contains(own, "capability_granted") {
		t.Errorf("the control: the subtree was told\n%s", own)
	}
}

// TestWatcherThatNeverReadsIsCutAndHoldsNobodyUp has a client that takes nothing while others go on.
func TestWatcherThatNeverReadsIsCutAndHoldsNobodyUp(t *testing.T) {
	atEachDoor(t, func(t *testing.T, r *rig) {
		r.register()
		r.front.patience = 200 * time.Millisecond
		a := r.agent("a", identity.Declared)
		s := a.watch(&agentv1.EventsRequest{After: zero()})
		first := next(t, s, func(*agentv1.EventsReply) bool { return true })
		heap, _ := inUse()
		const many = 1200 // of some 300 bytes: several times what the transport takes
		for range many / 2 {
			a.done(a.Revoke(a.ctx, &agentv1.RevokeRequest{Child: a.child(&agentv1.DelegateRequest{})}))
		}
		until(t, "it is cut", func() bool { return r.front.Turns.Taken("a") == 0 })
		if grown, _ := inUse(); grown-heap > mostLeft {
			t.Errorf("%d bytes are kept for it", grown-heap)
		}
		got := first.GetRecorded().GetSequence()
		var err error
		for err == nil {
			var m *agentv1.EventsReply
			if m, err = s.Recv(); err == nil {
				got = m.GetRecorded().GetSequence()
			}
		}
		var behind *agentv1.Behind
		for _, d := range status.Convert(err).Details() {
			behind, _ = d.(*agentv1.Behind)
		}
		if status.Code(err) != codes.OutOfRange || behind == nil || behind.GetLast() > got {
			t.Fatalf("ended with %v %v after %d", err, behind, got)
		}
		again := a.watch(&agentv1.EventsRequest{After: &got})
		if m := next(t, again, func(*agentv1.EventsReply) bool { return true }); m.GetRecorded().GetSequence() != got+1 {
			t.Errorf("going on after %d began with %v", got, m)
		}
	})
}

func TestHealthAndReflectionWantACredential(t *testing.T) {
	r := open(t)
	a := r.agent("a", identity.Sticky)
	health := healthv1.NewHealthClient(r.client)
	if _, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{}); status.Code(err) != codes.Unauthenticated {
		t.Errorf("without a credential: %v", err)
	}
	for _, service := range []string{"", "argus.agent.v1.Kernel", "argus.agent.v1.Tools", "argus.agent.v1.Watch"} {
		got, err := health.Check(a.ctx, &healthv1.HealthCheckRequest{Service: service})
		if err != nil || got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v, %v", service, got, err)
		}
	}
	if _, err := health.Check(a.ctx, &healthv1.HealthCheckRequest{Service: "none"}); status.Code(err) != codes.NotFound {
		t.Errorf("no such service: %v", err)
	}
	for ctx, want := range map[context.Context]codes.Code{t.Context(): codes.Unauthenticated, a.ctx: codes.OK} {
		s, err := reflectionv1.NewServerReflectionClient(r.client).ServerReflectionInfo(ctx)
		if err == nil {
			_ = s.Send(&reflectionv1.ServerReflectionRequest{ // whether it was taken is for Recv to say
				MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{ListServices: "*"},
			})
			_, err = s.Recv()
		}
		if status.Code(err) != want {
			t.Errorf("reflection: %v", err)
		}
	}
}

// TestRevokedCredentialIsToldNothingMore has two watchers of one principal, of which one is revoked.
func TestRevokedCredentialIsToldNothingMore(t *testing.T) {
	r := open(t)
	r.register()
	a := r.agent("a", identity.Declared)
	token, credential, err := r.mediator.Issue(t.Context(), identity.Credential{
		Principal: "a", Kind: identity.Bearer, Transitions: identity.AllTransitions,
	})
	if err != nil {
		t.Fatal(err)
	}
	begun := func(*agentv1.EventsReply) bool { return true }
	stays, ends := a.watch(&agentv1.EventsRequest{After: zero()}), r.as(token).watch(&agentv1.EventsRequest{After: zero()})
	next(t, stays, begun)
	next(t, ends, begun)
	if err := r.mediator.RevokeCredential(t.Context(), "a", credential.ID); err != nil {
		t.Fatal(err)
	}
	if m, err := ends.Recv(); status.Code(err) != codes.Unauthenticated {
		t.Errorf("after the end of its credential: %v, %v", m, err)
	}
	a.child(&agentv1.DelegateRequest{})
	next(t, stays, func(m *agentv1.EventsReply) bool { return delegatedBy(m) != "root" && delegatedBy(m) != "" })
}
