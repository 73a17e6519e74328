package grpc

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/host/identity"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
	agentv1 "argus/proto/argus/agent/v1"
)

// servers answer as the test says.
type servers func(ctx context.Context, q upstream.Request) (upstream.Reply, error)

func (servers) Ready(string) error { return nil }

func (s servers) Call(ctx context.Context, q upstream.Request) (upstream.Reply, error) {
	return s(ctx, q)
}

// tools is an agent's client of the service, on a door whose tools may be called.
func (r *rig) tools(name string, serve servers) (agent, agentv1.ToolsClient) {
	r.t.Helper()
	r.mediator.Servers = serve
	return r.agent(name, identity.Declared), agentv1.NewToolsClient(r.client)
}

func done(context.Context, upstream.Request) (upstream.Reply, error) {
	return upstream.Reply{Result: ijson.MustParse(`{"content":[]}`)}, nil
}

// calling reads a call to its end.
func (a agent) calling(client agentv1.ToolsClient, q *agentv1.CallRequest) (all []*agentv1.CallReply, err error) {
	a.r.t.Helper()
	s, err := client.Call(a.ctx, q)
	if err != nil {
		a.r.t.Fatal(err)
	}
	for {
		m, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, m)
	}
}

func TestCallStreamsItsProgressAndThenItsResult(t *testing.T) {
	r := open(t)
	r.register()
	a, client := r.tools("a", func(_ context.Context, q upstream.Request) (upstream.Reply, error) {
		if !q.Progress || q.Abilities != (upstream.Abilities{}) {
			t.Errorf("the server was promised %+v", q)
		}
		q.Listener.Told(upstream.Notice{Channel: registry.Progress, Params: ijson.MustParse(`{"progress":1,"total":2,"message":"half"}`)})
		q.Listener.Told(upstream.Notice{Channel: registry.Progress, Params: ijson.MustParse(`{"progress":"much"}`)})
		q.Listener.Told(upstream.Notice{Channel: registry.Progress, Params: ijson.MustParse(`{"progress":2,"message":"` + strings.Repeat("é", maxProgress) + `"}`)})
		return done(t.Context(), q)
	})
	all, err := a.calling(client, &agentv1.CallRequest{Tool: "s__read-db", Arguments: []byte(`{"n":1}`)})
	if err != nil || len(all) != 3 {
		t.Fatalf("%v, %v", all, err)
	}
	if p := all[0].GetProgress(); p.GetProgress() != 1 || p.GetTotal() != 2 || p.GetMessage() != "half" {
		t.Errorf("progress %v", p)
	}
	if p := all[1].GetProgress(); p.GetMessage() != strings.Repeat("é", maxProgress/2) {
		t.Errorf("progress with a text of %d bytes", len(p.GetMessage()))
	}
	if v := string(all[2].GetResult().GetValue()); v != `{"content":[]}` {
		t.Errorf("result %s", v)
	}
	if level := a.level(""); level != "sensitive" {
		t.Errorf("the agent has met %s", level)
	}
}

func TestRefusedCallHasNoEffectAndItsReasonIsTheStatus(t *testing.T) {
	r := open(t)
	r.register()
	sent := 0
	a, client := r.tools("a", func(ctx context.Context, q upstream.Request) (upstream.Reply, error) {
		sent++
		return done(ctx, q)
	})
	if _, err := a.calling(client, &agentv1.CallRequest{Tool: "s__send"}); err != nil || sent != 1 {
		t.Fatalf("the control: %v after %d calls", err, sent)
	}
	if _, err := a.calling(client, &agentv1.CallRequest{Tool: "s__read-db"}); err != nil {
		t.Fatal(err)
	}
	_, err := a.calling(client, &agentv1.CallRequest{Tool: "s__send"})
	if why := a.refusedBy(err, codes.PermissionDenied, "2a"); why.GetReference() == "" || sent != 2 {
		t.Errorf("%v after %d calls", why, sent)
	}
	_, err = a.calling(client, &agentv1.CallRequest{Tool: "s__none"})
	a.refusedBy(err, codes.NotFound, "unknown_tool")
	if _, err := a.calling(client, &agentv1.CallRequest{Tool: "s__send", Arguments: []byte(`[]`)}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a list for arguments: %v", err)
	}
}

// TestCallUnderAKeyIsMadeOnce: whoever asks again is told which call it was, and the same key makes no other request.
func TestCallUnderAKeyIsMadeOnce(t *testing.T) {
	r := open(t)
	r.register()
	sent := 0
	a, client := r.tools("a", func(ctx context.Context, q upstream.Request) (upstream.Reply, error) {
		sent++
		return done(ctx, q)
	})
	q := &agentv1.CallRequest{Tool: "s__send", IdempotencyKey: "k"}
	if _, err := a.calling(client, q); err != nil {
		t.Fatal(err)
	}
	_, err := a.calling(client, q)
	if why := a.refusedBy(err, codes.FailedPrecondition, "already_called"); why.Invocation == nil || why.GetReference() == "" {
		t.Errorf("told %v", why)
	}
	_, err = a.calling(client, &agentv1.CallRequest{Tool: "s__send", Arguments: []byte(`{"n":1}`), IdempotencyKey: "k"})
	a.refusedBy(err, codes.FailedPrecondition, "idempotency_key")
	_, err = a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: "s__send", IdempotencyKey: "k"})
	a.refusedBy(err, codes.FailedPrecondition, "idempotency_key")
	if sent != 1 {
		t.Errorf("%d calls reached the server", sent)
	}
	if _, err := a.calling(client, &agentv1.CallRequest{Tool: "s__send", IdempotencyKey: "another"}); err != nil || sent != 2 {
		t.Errorf("the control: %v after %d calls", err, sent)
	}
}

// TestSameCallIsToldSoWhileItRuns, also where it has a name, by which the first can still be cancelled.
func TestSameCallIsToldSoWhileItRuns(t *testing.T) {
	r := open(t)
	r.register()
	running := make(chan struct{})
	a, client := r.tools("a", func(ctx context.Context, _ upstream.Request) (upstream.Reply, error) {
		close(running)
		<-ctx.Done()
		return upstream.Reply{}, ctx.Err()
	})
	q := &agentv1.CallRequest{Tool: "s__send", Call: "mine", IdempotencyKey: "k"}
	first, err := client.Call(a.ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	<-running
	_, err = a.calling(client, q)
	a.refusedBy(err, codes.FailedPrecondition, "already_called")
	for _, other := range []*agentv1.CallRequest{{Tool: "s__send", Call: "mine"}, {Tool: "s__send", Call: "mine", IdempotencyKey: "another"}} {
		if _, err := a.calling(client, other); status.Code(err) != codes.InvalidArgument {
			t.Errorf("two open calls of one name: %v", err)
		}
	}
	if _, err := client.Cancel(a.ctx, &agentv1.CancelRequest{Call: "mine"}); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Recv(); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("the first ended with %v", err)
	}
}

// TestCallIsCancelledByItsOwnContextAlone cancels a call by its name, and by the end of its stream.
func TestCallIsCancelledByItsOwnContextAlone(t *testing.T) {
	r := open(t)
	r.register()
	running, over := make(chan struct{}), make(chan struct{})
	a, client := r.tools("a", func(ctx context.Context, _ upstream.Request) (upstream.Reply, error) {
		running <- struct{}{}
		<-ctx.Done()
		over <- struct{}{}
		return upstream.Reply{}, ctx.Err()
	})
	child, other := a.child(&agentv1.DelegateRequest{}), r.agent("other", identity.Declared)
	s, err := client.Call(a.ctx, &agentv1.CallRequest{Tool: "s__read-db", Call: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	<-running
	for _, attack := range []struct {
		who     agent
		context string
		call    string
	}{{other, "", "mine"}, {a, child, "mine"}, {a, "", "yours"}, {a, "", ""}} {
		_, err := client.Cancel(attack.who.ctx, &agentv1.CancelRequest{Context: attack.context, Call: attack.call})
		a.refusedBy(err, codes.NotFound, ruleCall)
	}
	if _, err := a.calling(client, &agentv1.CallRequest{Tool: "s__read-db", Call: "mine"}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("two open calls of one name: %v", err)
	}
	if _, err := client.Cancel(a.ctx, &agentv1.CancelRequest{Call: "mine"}); err != nil {
		t.Fatalf("the control: %v", err)
	}
	<-over
	_, err = s.Recv()
	if f := faultOf(err); status.Code(err) != codes.DeadlineExceeded || !f.GetBegun() {
		t.Errorf("a cancelled call ended with %v, %v", err, f)
	}
	ending, end := context.WithCancel(a.ctx)
	if _, err := client.Call(ending, &agentv1.CallRequest{Tool: "s__read-db", Call: "mine"}); err != nil {
		t.Fatal(err)
	}
	<-running
	end()
	<-over
	if level := a.level(""); level != "sensitive" {
		t.Errorf("the label of a cancelled call was not taken: %s", level)
	}
}

func faultOf(err error) *agentv1.Fault {
	for _, d := range status.Convert(err).Details() {
		if f, is := d.(*agentv1.Fault); is {
			return f
		}
	}
	return nil
}

func TestListShowsWhatTheAgentCouldCallPageByPage(t *testing.T) {
	r := open(t)
	r.register()
	a, client := r.tools("a", done)
	lacking := a.child(&agentv1.DelegateRequest{})
	var names []string
	for token := ""; ; {
		page, err := client.List(a.ctx, &agentv1.ListRequest{PageSize: 2, PageToken: token})
		if err != nil || len(page.GetTools()) > 2 {
			t.Fatalf("%d tools, %v", len(page.GetTools()), err)
		}
		for _, tool := range page.GetTools() {
			if tool.GetId() == "" || len(tool.GetDefinition()) == 0 {
				t.Errorf("a tool without a definition: %v", tool)
			}
			names = append(names, tool.GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if len(names) != len(r.mediator.Inventory().Tools()) {
		t.Errorf("the control: listed %v", names)
	}
	for _, wrong := range []*agentv1.ListRequest{{PageToken: "s__none"}, {PageSize: mostPage + 1}} {
		if _, err := client.List(a.ctx, wrong); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	page, err := client.List(a.ctx, &agentv1.ListRequest{Context: lacking})
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range page.GetTools() {
		if item, _ := r.mediator.Inventory().Tool(tool.GetName()); len(item.Needs) > 0 {
			t.Errorf("an agent without capabilities was shown %s", tool.GetName())
		}
	}
}

func TestExplainTellsNoMoreThanTheCallWouldAndDoesNothing(t *testing.T) {
	r := open(t)
	r.register()
	a, client := r.tools("a", done)
	if got, err := client.Explain(a.ctx, &agentv1.ExplainRequest{Tool: "s__send"}); err != nil || !got.GetAllowed() {
		t.Fatalf("the control: %v, %v", got, err)
	}
	if _, err := a.calling(client, &agentv1.CallRequest{Tool: "s__read-db"}); err != nil {
		t.Fatal(err)
	}
	before := r.mediator.Ledger.Current().Sequence
	got, err := client.Explain(a.ctx, &agentv1.ExplainRequest{Tool: "s__send"})
	if err != nil || got.GetAllowed() || got.GetRefusal().GetReference() != "" || got.GetRefusal().GetDetail() != "" {
		t.Errorf("%v, %v", got, err)
	}
	_, err = a.calling(client, &agentv1.CallRequest{Tool: "s__send"})
	if told := a.refusedBy(err, codes.PermissionDenied, got.GetRefusal().GetRule()); told.GetSentence() != got.GetRefusal().GetSentence() {
		t.Errorf("explained as %v, refused as %v", got, told)
	}
	if after := r.mediator.Ledger.Current().Sequence; after != before {
		t.Errorf("%d records were written", after-before)
	}
}

// TestExplainIsBoundedLikeCalls asks until the pace of the agent's calls is used up.
func TestExplainIsBoundedLikeCalls(t *testing.T) {
	r := open(t)
	r.register()
	a, client := r.tools("a", done)
	var mu sync.Mutex
	var last error
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			for range 10_000 / 4 {
				if _, err := client.Explain(a.ctx, &agentv1.ExplainRequest{Tool: "s__send"}); err != nil {
					mu.Lock()
					defer mu.Unlock()
					last = err
					return
				}
			}
		})
	}
	asking.Wait()
	a.refusedBy(last, codes.FailedPrecondition, "limit")
}
