package mcp

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"argus/host/identity"
)

// bearing sends a token with every request.
type bearing struct {
	http.RoundTripper
	token identity.Token
}

func (b bearing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b.token))
	return b.RoundTripper.RoundTrip(r)
}

// The client of the protocol's own Go library is a second opinion on the modern era: it discovers, asks its user when it is asked, and listens.
func TestForeignClientUnderstandsTheModernDoor(t *testing.T) {
	h := newAskingHouse(t)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	changed := make(chan struct{}, 10)
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, &sdk.ClientOptions{
		ElicitationHandler: func(_ context.Context, r *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
			return &sdk.ElicitResult{Action: "accept", Content: map[string]any{"asked": r.Params.Message}}, nil
		},
		ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) { changed <- struct{}{} },
	})
	c, err := client.Connect(ctx, &sdk.StreamableClientTransport{
		Endpoint: "http://" + h.addr + Path, HTTPClient: &http.Client{Transport: bearing{h.http.Transport, h.alice}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if greeting := c.InitializeResult(); greeting.ProtocolVersion != modern || greeting.ServerInfo.Name != "argus" {
		t.Fatalf("%+v", greeting)
	}
	if len(h.f.sessions.of["alice"]) > 0 {
		t.Error("the client opened a session")
	}
	tool := func(name string) string {
		t.Helper()
		result, err := c.CallTool(ctx, &sdk.CallToolParams{Name: name, Arguments: map[string]any{"n": 1}})
		if err != nil {
			t.Fatal(err)
		}
		text := result.Content[0].(*sdk.TextContent).Text
		if result.IsError != strings.HasPrefix(text, "Argus refused this call") {
			t.Errorf("%+v", result)
		}
		return text
	}
	if said := tool("s__send"); said != "done" {
		t.Error(said)
	}
	if said := tool("s__ask"); said != `{"action":"accept","content":{"asked":"m"}}` {
		t.Error(said)
	}
	prompts, err := c.ListPrompts(ctx, nil)
	if err != nil || len(prompts.Prompts) != 1 {
		t.Errorf("%+v %v", prompts, err)
	}
	read, err := c.ReadResource(ctx, &sdk.ReadResourceParams{URI: "argus://s/file:///a"})
	if err != nil || len(read.Contents) != 1 {
		t.Errorf("%+v %v", read, err)
	}
	if said := tool("s__send"); !strings.Contains(said, "(rule 2a)") {
		t.Error(said)
	}
	h.enforce(t, houseTools[0])
	within(t, "the client is told of a changed list", changed)
	list, err := c.ListTools(ctx, nil)
	if err != nil || len(list.Tools) != 1 || list.Tools[0].Name != "s__read-db" {
		t.Errorf("%+v %v", list, err)
	}
}
