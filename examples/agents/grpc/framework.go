package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	agentv1 "argus/proto/argus/agent/v1"
)

// framework keeps agents apart, each by the id of its context.
type framework struct {
	kernel agentv1.KernelClient
	tools  agentv1.ToolsClient
	watch  agentv1.WatchClient
	out    io.Writer
}

func newFramework(conn grpc.ClientConnInterface, out io.Writer) *framework {
	return &framework{agentv1.NewKernelClient(conn), agentv1.NewToolsClient(conn), agentv1.NewWatchClient(conn), out}
}

func (f *framework) say(format string, args ...any) { fmt.Fprintf(f.out, format+"\n", args...) }

// list says what an agent could call now.
func (f *framework) list(ctx context.Context, agent string) (names []string, err error) {
	q := &agentv1.ListRequest{Context: agent}
	for {
		page, err := f.tools.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, t := range page.GetTools() {
			names = append(names, t.GetName())
		}
		if q.PageToken = page.GetNextPageToken(); q.PageToken == "" {
			return names, nil
		}
	}
}

// call makes one through Argus and answers with what the tool said.
func (f *framework) call(ctx context.Context, agent, tool, arguments string) (string, error) {
	stream, err := f.tools.Call(ctx, &agentv1.CallRequest{Context: agent, Tool: tool, Arguments: []byte(arguments)})
	if err != nil {
		return "", err
	}
	for {
		m, err := stream.Recv()
		if err != nil {
			return "", err
		}
		if failure := m.GetResult().GetFailure(); failure != nil {
			return "", fmt.Errorf("%s: the server failed with code %d", tool, failure.GetCode())
		}
		if result := m.GetResult(); result != nil {
			return string(result.GetValue()), nil
		}
	}
}

// delegate makes a child. What it returns under the schema costs bits, in place of what it has met.
func (f *framework) delegate(ctx context.Context, parent string, bits uint64, returns string) (child string, err error) {
	done, err := f.kernel.Delegate(ctx, &agentv1.DelegateRequest{Context: parent, Bits: bits, Returns: []byte(returns)})
	return done.GetEvent().GetDelegated().GetChild().GetContext(), err
}

// refusal is the typed detail of a status. A fault, and what never reached Argus, has none.
func refusal(err error) (*agentv1.Refusal, error) {
	if err == nil {
		return nil, errors.New("what should have been refused was allowed")
	}
	for _, detail := range status.Convert(err).Details() {
		if r, is := detail.(*agentv1.Refusal); is {
			return r, nil
		}
	}
	return nil, err
}
