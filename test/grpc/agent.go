package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	agentv1 "argus/proto/argus/agent/v1"
)

// agent is a client with one credential.
type agent struct {
	agentv1.KernelClient
	tools agentv1.ToolsClient
	watch agentv1.WatchClient
	name  string
	token string
	ctx   context.Context // with the credential
}

// clientOf is a client that presents a token; without one it presents nothing but what the connection proves.
func clientOf(ctx context.Context, conn *grpc.ClientConn, name, token string) agent {
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	return agent{agentv1.NewKernelClient(conn), agentv1.NewToolsClient(conn), agentv1.NewWatchClient(conn), name, token, ctx}
}

// as is a client at the socket.
func (h *house) as(ctx context.Context, name, token string) agent {
	return clientOf(ctx, h.conn, name, token)
}

// principal is a new one, with declared contexts. More are flags of the command that makes it.
func (h *house) principal(ctx context.Context, more ...string) (agent, error) {
	h.agents++
	name := fmt.Sprint("team", h.agents)
	token, err := h.NewAgent(ctx, name, append([]string{"--context", "declared"}, more...)...)
	return h.as(ctx, name, token), err
}

// strangers are two new principals.
func (h *house) strangers(ctx context.Context) (a, other agent, err error) {
	if a, err = h.principal(ctx); err == nil {
		other, err = h.principal(ctx)
	}
	return a, other, err
}

// family is a new principal and a child of its.
func (h *house) family(ctx context.Context, q *agentv1.DelegateRequest, more ...string) (parent agent, child string, err error) {
	if parent, err = h.principal(ctx, more...); err == nil {
		child, err = parent.child(q)
	}
	return parent, child, err
}

// issue makes one more credential of a principal.
func (h *house) issue(ctx context.Context, name string, flags ...string) (a agent, id string, err error) {
	var made struct {
		Token      string
		Credential struct{ ID string }
	}
	err = h.Ask(ctx, &made, append([]string{"agent", "token", name, "--print-token"}, flags...)...)
	return h.as(ctx, name, made.Token), made.Credential.ID, err
}

func (a agent) child(q *agentv1.DelegateRequest) (string, error) {
	done, err := a.Delegate(a.ctx, q)
	return done.GetEvent().GetDelegated().GetChild().GetContext(), err
}

// call makes one through Argus, to its end.
func (a agent) call(context, tool, arguments string) (string, error) {
	return a.result(&agentv1.CallRequest{Context: context, Tool: tool, Arguments: []byte(arguments)})
}

// result is that of a call.
func (a agent) result(q *agentv1.CallRequest) (string, error) {
	s, err := a.tools.Call(a.ctx, q)
	if err != nil {
		return "", err
	}
	for {
		m, err := s.Recv()
		if err != nil {
			return "", err
		}
		if result := m.GetResult(); result != nil {
			if failure := result.GetFailure(); failure != nil {
				return "", fmt.Errorf("the server failed with code %d", failure.GetCode())
			}
			return string(result.GetValue()), nil
		}
	}
}

// refuses counts a refusal that has the code and the rule.
func (h *house) refuses(err error, code codes.Code, rule string) error {
	if err := h.denies(err, code); err != nil {
		return err
	}
	if r := refusalOf(err); r.GetRule() != rule || r.GetSentence() == "" {
		return fmt.Errorf("want a refusal by rule %s, got %w", rule, err)
	}
	h.refused++
	return nil
}

// refusalOf is the detail of a status; nil where it has none.
func refusalOf(err error) *agentv1.Refusal {
	for _, detail := range status.Convert(err).Details() {
		if r, is := detail.(*agentv1.Refusal); is {
			return r
		}
	}
	return nil
}

// rejects counts a request that was turned away before any rule was asked.
func (h *house) rejects(err error, code codes.Code) error {
	if err := h.denies(err, code); err != nil {
		return err
	}
	h.refused++
	return nil
}

func (h *house) denies(err error, code codes.Code) error {
	if err == nil {
		return fmt.Errorf("want %s, but it was allowed", code)
	}
	if status.Code(err) != code {
		return fmt.Errorf("want %s, got %w", code, err)
	}
	return nil
}

// forged adds a field that the contract does not have.
func forged[M proto.Message](m M, field []byte) M {
	m.ProtoReflect().SetUnknown(field)
	return m
}
