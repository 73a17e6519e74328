package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	agentv1 "argus/proto/argus/agent/v1"
)

// calls are stories of calls that Argus runs.
func calls() []story {
	return []story{
		{"a call is given up by its own context alone", cancelled},
		{"a call under a key is made once", madeOnce},
		{"the requests of one agent are bounded at all doors together", crowded},
	}
}

// running begins a call that takes long, and waits until it has started.
func (a agent) running(q *agentv1.CallRequest) (ended <-chan error, err error) {
	started, err := a.watch.Events(a.ctx, &agentv1.EventsRequest{
		Kinds: []agentv1.EventKind{agentv1.EventKind_EVENT_KIND_STARTED}, After: new(uint64),
	})
	if err != nil {
		return nil, err
	}
	q.Arguments = []byte(`{"delay_ms":9000}`)
	over := make(chan error, 1)
	go func() {
		_, err := a.result(q)
		over <- err
	}()
	_, err = started.Recv()
	return over, err
}

func cancelled(ctx context.Context, h *house) error {
	a, other, err := h.strangers(ctx)
	if err != nil {
		return err
	}
	child, err := a.child(&agentv1.DelegateRequest{})
	if err != nil {
		return err
	}
	ended, err := a.running(&agentv1.CallRequest{Tool: readDB, Call: "mine"})
	if err != nil {
		return err
	}
	for _, attack := range []struct {
		by            agent
		context, call string
	}{{other, "", "mine"}, {a, child, "mine"}, {a, "", "yours"}} {
		_, err := attack.by.tools.Cancel(attack.by.ctx, &agentv1.CancelRequest{Context: attack.context, Call: attack.call})
		if err := h.refuses(err, codes.NotFound, "unknown_call"); err != nil {
			return fmt.Errorf("%q of %q: %w", attack.call, attack.context, err)
		}
	}
	if _, err := a.tools.Cancel(a.ctx, &agentv1.CancelRequest{Call: "mine"}); err != nil {
		return err
	}
	if err := h.denies(<-ended, codes.DeadlineExceeded); err != nil {
		return err
	}
	if err := a.wantMet("", "sensitive"); err != nil {
		return fmt.Errorf("what it may have brought: %w", err)
	}
	_, err = a.call("", mail, letter)
	return h.refuses(err, codes.PermissionDenied, "2a")
}

func madeOnce(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	before, err := h.calls(mail)
	if err != nil {
		return err
	}
	q := &agentv1.CallRequest{Tool: mail, Arguments: []byte(letter), IdempotencyKey: "letter"}
	if _, err := a.result(q); err != nil {
		return err
	}
	if err := h.repeated(a, q); err != nil {
		return err
	}
	_, err = a.result(&agentv1.CallRequest{Tool: recall, IdempotencyKey: "letter"})
	if err := h.refuses(err, codes.FailedPrecondition, "idempotency_key"); err != nil {
		return err
	}
	if err := h.reached(mail, before, 1); err != nil {
		return err
	}
	q.IdempotencyKey = "another"
	if _, err := a.result(q); err != nil {
		return err
	}
	return h.reached(mail, before, 2)
}

// repeated asks for a call again that was made under its key.
func (h *house) repeated(a agent, q *agentv1.CallRequest) error {
	_, err := a.result(q)
	if err := h.refuses(err, codes.FailedPrecondition, "already_called"); err != nil {
		return err
	}
	if refusalOf(err).Invocation == nil {
		return errors.New("the refusal does not say which call was made")
	}
	return nil
}

// most of one principal's requests that may be open.
const openRequests = 64

// crowded opens as many requests as one principal may have over gRPC, and knocks at both doors.
func crowded(ctx context.Context, h *house) error {
	a, other, err := h.strangers(ctx)
	if err != nil {
		return err
	}
	child, err := a.child(&agentv1.DelegateRequest{})
	if err != nil {
		return err
	}
	crowd, err := h.another()
	if err != nil {
		return err
	}
	defer crowd.Close()
	waiting := make(chan error, openRequests)
	for range openRequests {
		go func() {
			err := status.Error(codes.ResourceExhausted, "not asked yet")
			for status.Code(err) == codes.ResourceExhausted { // a knock has the last place
				_, err = agentv1.NewKernelClient(crowd).Await(a.ctx, &agentv1.AwaitRequest{Child: child})
			}
			waiting <- err
		}()
	}
	for code := 0; code != http.StatusTooManyRequests; { // until all of them wait
		_, err := a.Challenge(a.ctx, &agentv1.ChallengeRequest{})
		if err == nil {
			continue
		}
		if err := h.denies(err, codes.ResourceExhausted); err != nil {
			return err
		}
		if code, err = h.knock(ctx, a); err != nil {
			return err
		}
	}
	h.refused += 2
	if code, err := h.knock(ctx, other); err != nil || code != http.StatusOK {
		return errors.Join(fmt.Errorf("another agent was answered %d", code), err)
	}
	if err := h.Tell(ctx, "agent", "fresh", a.name); err != nil {
		return err
	}
	for range openRequests {
		<-waiting
	}
	code, err := h.knock(ctx, a)
	if err == nil && code != http.StatusOK {
		err = fmt.Errorf("places are not given back: %d", code)
	}
	return err
}

// knock begins a session at the door of MCP and tells with which status that was answered.
func (h *house) knock(ctx context.Context, a agent) (int, error) {
	const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"judge","version":"1"}}}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.process.URL, strings.NewReader(hello))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
