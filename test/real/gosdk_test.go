package real

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// onGo runs an agent on the Go SDK in this process. It is told what to do by the same lines as the ones on Node.
func onGo(t *testing.T) (io.Writer, io.Reader, func()) {
	t.Helper()
	in, to := io.Pipe()
	from, out := io.Pipe()
	ctx, end := context.WithCancel(context.Background())
	played := make(chan struct{})
	go func() {
		defer close(played)
		p := &player{cancels: map[string]context.CancelFunc{}}
		p.play(ctx, in, out)
		if p.session != nil {
			_ = p.session.Close()
		}
		_ = out.Close()
	}()
	return to, from, func() {
		end()
		_ = to.Close()
		<-played
	}
}

// player is an agent on the Go SDK.
type player struct {
	session *sdk.ClientSession
	modern  bool

	mu      sync.Mutex
	cancels map[string]context.CancelFunc // of running calls, by the name that the test gave them
	level   sdk.LoggingLevel
	read    []string // what a model would know by now
	heard   hearing
}

// play does what the lines say, side by side, until they end.
func (p *player) play(ctx context.Context, in io.Reader, out io.Writer) {
	var running sync.WaitGroup
	defer running.Wait()
	var telling sync.Mutex
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var wish struct {
			ID   int
			Do   string
			With json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &wish); err != nil {
			panic(err) // the test wrote it
		}
		running.Go(func() {
			said := object{"id": wish.ID}
			if result, err := p.do(ctx, wish.Do, wish.With); err != nil {
				said["error"] = object{"code": code(err), "message": err.Error()}
			} else {
				said["result"] = result
			}
			line, err := json.Marshal(said)
			if err != nil {
				panic(err)
			}
			telling.Lock()
			defer telling.Unlock()
			_, _ = fmt.Fprintf(out, "%s\n", line)
		})
	}
}

func code(err error) int64 {
	if wire, is := errors.AsType[*jsonrpc.Error](err); is {
		return wire.Code
	}
	return 0
}

// do does one thing; its parameters are those of the protocol, unless a type here says otherwise.
func (p *player) do(ctx context.Context, act string, with json.RawMessage) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	switch act {
	case "connect":
		return p.connect(ctx, with)
	case "call":
		return p.call(ctx, with)
	case "cancel":
		p.mu.Lock()
		defer p.mu.Unlock()
		p.cancels[wish[struct{ Named string }](with).Named]()
		return object{}, nil
	case "tools":
		return p.session.ListTools(ctx, nil)
	case "resources":
		return p.session.ListResources(ctx, nil)
	case "templates":
		return p.session.ListResourceTemplates(ctx, nil)
	case "read":
		return p.session.ReadResource(ctx, wish[*sdk.ReadResourceParams](with))
	case "prompts":
		return p.session.ListPrompts(ctx, nil)
	case "prompt":
		return p.session.GetPrompt(ctx, wish[*sdk.GetPromptParams](with))
	case "complete":
		return p.session.Complete(ctx, wish[*sdk.CompleteParams](with))
	case "subscribe":
		return object{}, p.session.Subscribe(ctx, wish[*sdk.SubscribeParams](with))
	case "unsubscribe":
		return object{}, p.session.Unsubscribe(ctx, wish[*sdk.UnsubscribeParams](with))
	case "level":
		return object{}, p.setLevel(ctx, wish[*sdk.SetLoggingLevelParams](with))
	case "heard":
		p.mu.Lock()
		defer p.mu.Unlock()
		return encoded(p.heard), nil
	}
	return nil, fmt.Errorf("this agent cannot %s", act)
}

func wish[T any](with json.RawMessage) (w T) {
	if err := json.Unmarshal(with, &w); err != nil {
		panic(err) // the test wrote it
	}
	return w
}

func (p *player) connect(ctx context.Context, with json.RawMessage) (any, error) {
	if p.session != nil {
		_ = p.session.Close()
	}
	w := wish[struct {
		URL, Token, Revision string
		Answers              bool
	}](with)
	options := p.hears()
	if w.Answers {
		p.answers(options)
	}
	client := sdk.NewClient(&sdk.Implementation{Name: "real-agent", Version: "1.0.0"}, options)
	if w.Answers {
		client.AddRoots(&sdk.Root{URI: "file:///home/io", Name: "the home of Io"})
	}
	session, err := client.Connect(ctx, &sdk.StreamableClientTransport{
		Endpoint: w.URL, HTTPClient: &http.Client{Transport: bearer(w.Token)},
	}, &sdk.ClientSessionOptions{ProtocolVersion: w.Revision})
	if err != nil {
		return nil, err
	}
	p.session = session
	greeting := session.InitializeResult()
	p.modern = greeting.ProtocolVersion >= "2026"
	return object{
		"server": greeting.ServerInfo, "capabilities": greeting.Capabilities, "instructions": greeting.Instructions,
		"session": session.ID(), "revision": greeting.ProtocolVersion,
	}, nil
}

// bearer is the token that every request bears.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func (p *player) hears() *sdk.ClientOptions {
	return &sdk.ClientOptions{
		Capabilities: &sdk.ClientCapabilities{},
		ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) {
			p.hear(func(h *hearing) { h.Tools++ })
		},
		ResourceListChangedHandler: func(context.Context, *sdk.ResourceListChangedRequest) {
			p.hear(func(h *hearing) { h.Resources++ })
		},
		PromptListChangedHandler: func(context.Context, *sdk.PromptListChangedRequest) {
			p.hear(func(h *hearing) { h.Prompts++ })
		},
		ResourceUpdatedHandler: func(_ context.Context, r *sdk.ResourceUpdatedNotificationRequest) {
			p.hear(func(h *hearing) { h.Updated = append(h.Updated, r.Params.URI) })
		},
		LoggingMessageHandler: func(_ context.Context, r *sdk.LoggingMessageRequest) {
			p.hear(func(h *hearing) { h.Logs = append(h.Logs, logged{string(r.Params.Level), r.Params.Data}) })
		},
		ProgressNotificationHandler: func(_ context.Context, r *sdk.ProgressNotificationClientRequest) {
			p.hear(func(h *hearing) { h.Progress = append(h.Progress, progress{r.Params.Progress, r.Params.Total}) })
		},
	}
}

// answers adds the questions that this agent answers.
func (p *player) answers(options *sdk.ClientOptions) {
	options.Capabilities.RootsV2 = &sdk.RootCapabilities{}
	options.CreateMessageHandler = func(_ context.Context, r *sdk.CreateMessageRequest) (*sdk.CreateMessageResult, error) {
		p.asked("sampling/createMessage", r.Params)
		p.mu.Lock()
		defer p.mu.Unlock()
		text := "I have read: " + strings.Join(p.read, " | ")
		return &sdk.CreateMessageResult{Role: "assistant", Model: "a-careless-one", Content: &sdk.TextContent{Text: text}}, nil
	}
	options.ElicitationHandler = func(_ context.Context, r *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
		p.asked("elicitation/create", r.Params)
		return &sdk.ElicitResult{Action: "accept", Content: object{"name": "Io of Argos", "check": true, "integer": 7}}, nil
	}
}

func (p *player) hear(note func(*hearing)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	note(&p.heard)
}

func (p *player) asked(method string, params any) {
	p.hear(func(h *hearing) { h.Asked = append(h.Asked, question{method, encoded(params)}) })
}

func encoded(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // the SDK read it
	}
	return text
}

func (p *player) setLevel(ctx context.Context, params *sdk.SetLoggingLevelParams) error {
	p.mu.Lock()
	p.level = params.Level
	p.mu.Unlock()
	if p.modern {
		return nil // it goes with each call
	}
	return p.session.SetLoggingLevel(ctx, params)
}

func (p *player) call(ctx context.Context, with json.RawMessage) (any, error) {
	w := wish[struct {
		Name      string
		Arguments json.RawMessage
		Named     string
		Progress  bool
	}](with)
	params := &sdk.CallToolParams{Name: w.Name}
	if w.Arguments != nil {
		params.Arguments = w.Arguments
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.mu.Lock()
	if w.Named != "" {
		p.cancels[w.Named] = cancel
	}
	if p.modern && p.level != "" {
		params.Meta = sdk.Meta{sdk.MetaKeyLogLevel: p.level}
	}
	p.mu.Unlock()
	if w.Progress {
		params.SetProgressToken("of " + w.Name)
	}
	result, err := p.session.CallTool(ctx, params)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, content := range result.Content {
		if text, is := content.(*sdk.TextContent); is {
			p.read = append(p.read, text.Text)
		}
	}
	return result, nil
}
