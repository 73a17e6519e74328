package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rogpeppe/go-internal/testscript"
)

// converse has the client of the protocol's own Go library start argus connect, list the tools and call one, and prints what it hears. When
// it is asked for a sample it gives one.
func converse(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: converse REVISION TOOL ARGUMENTS FLAGS-OF-CONNECT...")
	}
	cmd := exec.Command(filepath.Join(built, "argus"), append([]string{"connect"}, args[3:]...)...)
	cmd.Dir, cmd.Stderr = ts.MkAbs("."), ts.Stderr()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	session, err := sdk.NewClient(&sdk.Implementation{Name: "script", Version: "1"}, &sdk.ClientOptions{CreateMessageHandler: sample}).
		Connect(ctx, &sdk.CommandTransport{Command: cmd}, &sdk.ClientSessionOptions{ProtocolVersion: args[0]})
	if err != nil {
		fmt.Fprintf(ts.Stdout(), "cannot connect: %v\n", err)
		return
	}
	fmt.Fprintf(ts.Stdout(), "speaks %s\n", session.InitializeResult().ProtocolVersion)
	list, err := session.ListTools(ctx, nil)
	ts.Check(err)
	for _, tool := range list.Tools {
		fmt.Fprintf(ts.Stdout(), "lists %s\n", tool.Name)
	}
	result, err := session.CallTool(ctx, &sdk.CallToolParams{Name: args[1], Arguments: json.RawMessage(args[2])})
	ts.Check(err)
	for _, content := range result.Content {
		if text, is := content.(*sdk.TextContent); is {
			fmt.Fprintf(ts.Stdout(), "hears %s\n", text.Text)
		}
	}
	ts.Check(session.Close())
	fmt.Fprintf(ts.Stdout(), "ended: %v\n", cmd.ProcessState)
}

func sample(context.Context, *sdk.CreateMessageRequest) (*sdk.CreateMessageResult, error) {
	return &sdk.CreateMessageResult{Role: "assistant", Model: "none", Content: &sdk.TextContent{Text: "a sample of the client"}}, nil
}
