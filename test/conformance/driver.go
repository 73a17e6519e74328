package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// play is what an agent does so that Argus does, as a client, what a scenario wants to see.
type play struct {
	tools int // that the suite's server has and a person approves
	calls []call
}

type call struct {
	tool      string
	arguments map[string]any
}

var plays = map[string]play{
	"initialize":                          {},
	"request-metadata":                    {},
	"json-schema-ref-no-deref":            {},
	"tools_call":                          {1, []call{{"add_numbers", map[string]any{"a": 5, "b": 3}}}},
	"elicitation-sep1034-client-defaults": {1, []call{{tool: "test_client_elicitation_defaults"}}},
	"sep-2322-client-request-state": {4, []call{
		{tool: "test_mrtr_echo_state"}, {tool: "test_mrtr_unrelated"}, {tool: "test_mrtr_no_state"}, {tool: "test_mrtr_no_result_type"},
	}},
}

// beClient is the client that the suite runs: an installation of Argus with a bridge to the suite's server, and an agent.
func beClient(ctx context.Context, o options, url string) (err error) {
	p, known := plays[os.Getenv("MCP_CONFORMANCE_SCENARIO")]
	if !known {
		return errors.New("there is nothing to play in this scenario")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "client")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	g, err := openGateway(ctx, o.programs, filepath.Join(folder, "argus"), "127.0.0.1:0", nil,
		fixture{command: []string{self, "bridge", url}, network: true, tools: p.tools})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	return g.explained(p.act(ctx, g))
}

// act calls what there is to call, and answers what it is asked.
func (p play) act(ctx context.Context, g *gateway) error {
	way, err := transport.NewStreamableHTTP(g.process.URL, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + g.token}),
		transport.WithContinuousListening())
	if err != nil {
		return err
	}
	c := client.NewClient(way, client.WithElicitationHandler(obliging{}), client.WithProtocolVersion(mcp.ProtocolVersion20251125))
	defer c.Close()
	if err := c.Start(ctx); err != nil {
		return err
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.ProtocolVersion20251125
	hello.Params.ClientInfo = mcp.Implementation{Name: "agent", Version: "1.0.0"}
	if _, err := c.Initialize(ctx, hello); err != nil {
		return err
	}
	if _, err := c.ListTools(ctx, mcp.ListToolsRequest{}); err != nil {
		return err
	}
	for _, one := range p.calls {
		var r mcp.CallToolRequest
		r.Params.Name = one.tool
		if one.arguments != nil {
			r.Params.Arguments = one.arguments
		}
		result, err := c.CallTool(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", one.tool, err)
		}
		if result.IsError {
			return fmt.Errorf("%s: %v", one.tool, result.Content)
		}
	}
	return nil
}

// obliging is a user who leaves each field of a form as it is filled in, and says yes where nothing is.
type obliging struct{}

func (obliging) Elicit(_ context.Context, asked mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	text, err := json.Marshal(asked.Params.RequestedSchema)
	if err != nil {
		return nil, err
	}
	var form struct {
		Properties map[string]struct{ Default any }
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return nil, err
	}
	filled := map[string]any{}
	for name, field := range form.Properties {
		if filled[name] = field.Default; field.Default == nil {
			filled[name] = true
		}
	}
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: filled}}, nil
}
