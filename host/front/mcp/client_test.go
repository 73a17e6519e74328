package mcp

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// Another author's client, which first asks for a later revision than ours, is a second opinion on the protocol.
func TestForeignClientUnderstandsTheDoor(t *testing.T) {
	h := newHouse(t)
	over, err := transport.NewStreamableHTTP("http://"+h.addr+Path, transport.WithContinuousListening(), transport.WithHTTPBasicClient(h.http),
		transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + string(h.alice)}))
	if err != nil {
		t.Fatal(err)
	}
	c := client.NewClient(over)
	told := make(chan string, 10)
	c.OnNotification(func(n mcp.JSONRPCNotification) { told <- n.Method })
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	hello := mcp.InitializeRequest{}
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	greeting, err := c.Initialize(ctx, hello)
	if err != nil || greeting.ProtocolVersion != revision || greeting.ServerInfo.Name != "argus" || !greeting.Capabilities.Tools.ListChanged {
		t.Fatalf("%+v %v", greeting, err)
	}
	if err := c.Ping(ctx); err != nil {
		t.Error(err)
	}
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil || len(list.Tools) != 3 || list.Tools[1].Name != "s__send" {
		t.Fatalf("%+v %v", list, err)
	}
	tool := func(name string) string {
		t.Helper()
		request := mcp.CallToolRequest{}
		request.Params.Name, request.Params.Arguments = name, map[string]any{"n": 1}
		result, err := c.CallTool(ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := mcp.AsTextContent(result.Content[0])
		if result.IsError != strings.HasPrefix(text.Text, "Argus refused this call") {
			t.Errorf("%+v", result)
		}
		return text.Text
	}
	if said := tool("s__send"); said != "done" {
		t.Error(said)
	}
	prompts, err := c.ListPrompts(ctx, mcp.ListPromptsRequest{})
	if err != nil || len(prompts.Prompts) != 1 {
		t.Errorf("%+v %v", prompts, err)
	}
	read := mcp.ReadResourceRequest{}
	read.Params.URI = "argus://s/file:///a"
	if contents, err := c.ReadResource(ctx, read); err != nil || len(contents.Contents) != 1 {
		t.Errorf("%+v %v", contents, err)
	}
	if said := tool("s__send"); !strings.Contains(said, "(rule 2a)") {
		t.Error(said)
	}
	watch := mcp.SubscribeRequest{}
	watch.Params.URI = "argus://s/file:///a"
	if err := c.Subscribe(ctx, watch); err != nil {
		t.Error(err)
	}
	// The listening begins after initialize, in the client's own time.
	for told := told; ; {
		h.enforce(t, houseTools[0])
		select {
		case method := <-told:
			if method != "notifications/tools/list_changed" {
				t.Errorf("told %s", method)
			}
			return
		case <-time.After(50 * time.Millisecond):
			h.enforce(t, houseTools...)
		case <-ctx.Done():
			t.Fatal("the client was told nothing")
		}
	}
}
