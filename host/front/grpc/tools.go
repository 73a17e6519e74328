package grpc

import (
	"context"
	"errors"
	"slices"
	"sync"

	"google.golang.org/grpc"

	"argus/host/inventory"
	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/kernel"
	agentv1 "argus/proto/argus/agent/v1"
)

const (
	maxListed    = 8 << 20 // bytes of definitions on one page
	maxCallName  = 128     // bytes
	waitProgress = 64      // messages of one call that its client has not taken: more are dropped
)

// toolsService makes calls that Argus runs.
type toolsService struct {
	agentv1.UnimplementedToolsServer
	*Front
}

// List shows the tools that the agent could call, from the pinned definitions. A page goes on after the tool that its token names.
func (t toolsService) List(ctx context.Context, q *agentv1.ListRequest) (*agentv1.ListReply, error) {
	who, err := t.bind(ctx, q.GetContext())
	if err != nil {
		return nil, err
	}
	most, err := pageSize(q.GetPageSize())
	if err != nil {
		return nil, err
	}
	items := t.Mediator.Visible(who)
	if token := q.GetPageToken(); token != "" {
		at := slices.IndexFunc(items, func(i *inventory.Item) bool { return i.Name == token })
		if at < 0 {
			return nil, invalid("list", errors.New("page_token is of a list that has changed: begin again"))
		}
		items = items[at+1:]
	}
	reply, bytes := &agentv1.ListReply{}, 0
	for _, item := range items {
		bytes += len(item.Listing)
		if n := len(reply.Tools); n == most || n > 0 && bytes > maxListed {
			reply.NextPageToken = reply.Tools[n-1].GetName()
			break
		}
		reply.Tools = append(reply.Tools, &agentv1.Tool{Name: item.Name, Definition: item.Listing, Id: string(item.ID)})
	}
	return reply, nil
}

// Call takes a call the whole way.
func (t toolsService) Call(q *agentv1.CallRequest, s grpc.ServerStreamingServer[agentv1.CallReply]) error {
	who, err := t.bind(s.Context(), q.GetContext())
	if err != nil {
		return err
	}
	arguments, err := object(q.GetArguments())
	if err != nil {
		return err
	}
	if who.Request, err = requestOf(s.Context(), q); err != nil {
		return err
	}
	ctx, over, err := t.calls.begin(s.Context(), who, q.GetCall())
	if err != nil {
		return err
	}
	defer over()
	reply, err := t.call(ctx, who, q.GetTool(), arguments, s.Send)
	switch {
	case err != nil:
		return err
	case reply.Refusal != nil:
		return refused(reply.Refusal)
	}
	return s.Send(&agentv1.CallReply{What: &agentv1.CallReply_Result{Result: resultOf(reply)}})
}

// call makes a call and sends its progress. All of that is sent when it returns.
func (t toolsService) call(ctx context.Context, who mediate.Caller, tool string, arguments ijson.Value, send func(*agentv1.CallReply) error) (mediate.Reply, error) {
	client := &caller{progress: make(chan *agentv1.Progress, waitProgress)}
	var sending sync.WaitGroup
	sending.Go(func() {
		for p := range client.progress {
			if send(&agentv1.CallReply{What: &agentv1.CallReply_Progress{Progress: p}}) != nil {
				return // the stream is over, and with it the call
			}
		}
	})
	defer sending.Wait()
	defer close(client.progress)
	return t.Mediator.CallTool(ctx, who, tool, arguments, client)
}

func resultOf(reply mediate.Reply) *agentv1.Result {
	if f := reply.Failure; f != nil {
		return &agentv1.Result{What: &agentv1.Result_Failure{Failure: &agentv1.Failure{Code: f.Code, Message: f.Message, Data: f.Data}}}
	}
	return &agentv1.Result{What: &agentv1.Result_Value{Value: ijson.AppendLine(nil, reply.Result)}}
}

// Cancel gives up an open call of the same context.
func (t toolsService) Cancel(ctx context.Context, q *agentv1.CancelRequest) (*agentv1.CancelReply, error) {
	who, err := t.bind(ctx, q.GetContext())
	if err != nil {
		return nil, err
	}
	if !t.calls.cancel(who.Agent, q.GetCall()) {
		return nil, errNoCall
	}
	return &agentv1.CancelReply{}, nil
}

var errNoCall = refused(&mediate.Refusal{Rule: ruleCall, Sentence: "This context has no open call of that name."})

// Explain judges a call without making it.
func (t toolsService) Explain(ctx context.Context, q *agentv1.ExplainRequest) (*agentv1.ExplainReply, error) {
	who, err := t.bind(ctx, q.GetContext())
	if err != nil {
		return nil, err
	}
	arguments, err := object(q.GetArguments())
	if err != nil {
		return nil, err
	}
	why, err := t.Mediator.Foresee(ctx, who, q.GetTool(), arguments)
	switch {
	case err != nil:
		return nil, err
	case why == nil:
		return &agentv1.ExplainReply{Allowed: true}, nil
	case why.Reference != "":
		return nil, refused(why)
	}
	return &agentv1.ExplainReply{Refusal: &agentv1.Refusal{Rule: why.Rule, Sentence: why.Sentence}}, nil
}

// calls are the open calls that have a name. There are no more than requests that are open.
type calls struct {
	mu   sync.Mutex
	open map[callKey]openCall
}

type openCall struct {
	cancel  context.CancelFunc
	request mediate.Request
}

type callKey struct {
	agent kernel.AgentID
	name  string
}

func newCalls() *calls { return &calls{open: map[callKey]openCall{}} }

// begin returns what the caller must run when the call is over. A call without a name cannot be cancelled by one, and neither can the same request
// that is sent again under its key: it is not made.
func (c *calls) begin(ctx context.Context, who mediate.Caller, name string) (_ context.Context, over func(), err error) {
	if len(name) > maxCallName {
		return nil, nil, invalid("call", errors.New("the name of a call has at most 128 bytes"))
	}
	ctx, cancel := context.WithCancel(ctx)
	if name == "" {
		return ctx, cancel, nil
	}
	key := callKey{who.Agent, name}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, taken := c.open[key]; taken {
		if who.Request.Key != "" && who.Request == other.request {
			return ctx, cancel, nil
		}
		cancel()
		return nil, nil, invalid("call", errors.New("another open call of this context has that name"))
	}
	c.open[key] = openCall{cancel, who.Request}
	return ctx, func() {
		cancel()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.open, key)
	}, nil
}

func (c *calls) cancel(agent kernel.AgentID, name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, open := c.open[callKey{agent, name}]
	if open {
		one.cancel()
	}
	return open
}
