package mediate

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"argus/host/fault"
	"argus/host/inventory"
	"argus/host/upstream"
	"argus/plugin/sdk/registry"
)

// What the middle of one call may cost.
const (
	maxNotices   = 1024 // waiting for the client
	maxSaid      = 8 << 20
	maxQuestions = 64 // of one call, over all its rounds
)

// What a server is told instead of an answer. That a question or an answer was refused is all that it says of the agent.
const (
	codeClosed     = -32601
	codeUnanswered = -1
	saidClosed     = "closed by Argus"
	saidRefused    = "refused by Argus"
	saidUnanswered = "the client did not answer"
)

// conversation is what is said and asked in the middle of one call. It hears the server without holding it up, and takes one thing after
// another to the client: what was said before the reply is delivered before it.
type conversation struct {
	m     *Mediator
	r     request
	clock *clock

	asked int // by the goroutine that takes things to the client

	mu    sync.Mutex
	queue []event
	bytes int
	over  bool          // nothing more is heard
	moved chan struct{} // holds one token while there is something new to see
}

// event is a notice, or questions that came together.
type event struct {
	notice    upstream.Notice
	questions []upstream.Question
}

// converse begins the conversation of a call. It is nil where nothing could be said: then the server's words end at its session.
func (m *Mediator) converse(r request, c *clock) *conversation {
	stock := m.Stock.Inventory()
	if r.client == nil || stock == nil || !talks(stock, r.item.Server) {
		return nil
	}
	return &conversation{m: m, r: r, clock: c, moved: make(chan struct{}, 1)}
}

// talks reports whether any channel is declared by which the server could say or ask something in the middle of a call.
func talks(stock *inventory.Inventory, server string) bool {
	for _, channel := range []registry.Channel{registry.Progress, registry.Log, registry.Sampling, registry.Elicitation, registry.Roots} {
		if _, declared := stock.Channel(server, channel); declared {
			return true
		}
	}
	return false
}

// abilities are those of the client that the registry lets this server use.
func (c *conversation) abilities() upstream.Abilities {
	sampling, elicitation := c.declared(registry.Sampling), c.declared(registry.Elicitation)
	return c.r.client.Abilities().And(upstream.Abilities{
		Sampling: sampling, SamplingTools: sampling, Elicitation: elicitation, ElicitationURL: elicitation, Roots: c.declared(registry.Roots),
	})
}

func (c *conversation) declared(channel registry.Channel) bool {
	_, declared := c.channel(channel)
	return declared
}

// channel is what the registry says of one of the server's channels now: a channel that is closed, or labelled anew, while the call runs
// is so for the rest of the call.
func (c *conversation) channel(channel registry.Channel) (item *inventory.Item, declared bool) {
	stock := c.m.Stock.Inventory()
	if stock == nil {
		return nil, false
	}
	return stock.Channel(c.r.item.Server, channel)
}

// request adds to a call what the client wants to hear and can answer. A sealed call asks for all that is declared, so that the wish says nothing.
func (c *conversation) request(q upstream.Request) upstream.Request {
	q.Listener, q.Abilities = c, c.abilities()
	q.Progress = (c.r.sealed || c.r.client.WantsProgress()) && c.declared(registry.Progress)
	switch {
	case !c.declared(registry.Log):
	case c.r.sealed:
		q.LogLevel = "debug"
	default:
		q.LogLevel = c.r.client.LogLevel()
	}
	return q
}

// wants reports whether the client asked for a notice. Of a call that is not sealed nothing else is heard.
func (c *conversation) wants(n upstream.Notice) bool {
	if !c.r.sealed {
		return true
	}
	if n.Channel == registry.Progress {
		return c.r.client.WantsProgress()
	}
	member, _ := n.Params.Member("level")
	level, _ := member.Text()
	return upstream.SeverityOf(c.r.client.LogLevel()).Admits(upstream.SeverityOf(level))
}

// Told is heard in the session's own goroutine, so it only queues.
func (c *conversation) Told(n upstream.Notice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size := len(n.Params.Raw())
	if c.over || len(c.queue) >= maxNotices || c.bytes+size > maxSaid {
		return // a client that does not read misses what it was told, never what it was asked
	}
	c.bytes += size
	c.add(event{notice: n})
}

// Asked is heard in the session's own goroutine.
func (c *conversation) Asked(qs []upstream.Question) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		decline(qs, codeClosed, saidClosed)
		return
	}
	c.add(event{questions: qs})
}

func (c *conversation) add(e event) {
	c.queue = append(c.queue, e)
	c.wake()
}

func (c *conversation) wake() {
	select {
	case c.moved <- struct{}{}:
	default: // it is awake or about to be
	}
}

// end says that the reply is there: what was heard before it is still delivered.
func (c *conversation) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.wake()
}

// run takes things to the client until the conversation has ended, or the call: nothing is delivered of a call that failed.
func (c *conversation) run(ctx context.Context) {
	for ctx.Err() == nil {
		e, any, over := c.next()
		switch {
		case any && e.questions == nil:
			c.tell(ctx, e.notice)
		case any && over:
			decline(e.questions, codeClosed, saidClosed) // nobody waits for the answer any more
		case any:
			c.ask(ctx, e.questions)
		case over:
			return
		default:
			select {
			case <-c.moved:
			case <-ctx.Done():
				return
			}
		}
	}
}

// next takes the oldest event, if there is any.
func (c *conversation) next() (e event, any, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return event{}, false, c.over
	}
	e, c.queue = c.queue[0], c.queue[1:]
	c.bytes -= len(e.notice.Params.Raw())
	return e, true, c.over
}

func (c *conversation) tell(ctx context.Context, n upstream.Notice) {
	if item, declared := c.channel(n.Channel); declared && c.wants(n) && c.m.admit(ctx, c.r.who, item, true) {
		c.r.client.Tell(n)
	}
}

func decline(qs []upstream.Question, code int64, message string) {
	for _, q := range qs {
		q.Decline(code, message)
	}
}

// ask puts questions to the client, as far as they are admitted, and passes its answers to the server, as far as those are allowed.
func (c *conversation) ask(ctx context.Context, qs []upstream.Question) {
	admitted := c.admitted(ctx, qs)
	if len(admitted) == 0 {
		return
	}
	answers, err := c.put(ctx, admitted)
	if err != nil {
		decline(admitted, codeUnanswered, saidUnanswered)
		return
	}
	for i, q := range admitted {
		if err := c.pass(ctx, q, answers[i]); err != nil {
			c.m.Logger.Warn("an answer was not passed to its server", "call", c.r.item.Name, "error", err)
			q.Decline(codeUnanswered, saidUnanswered)
		}
	}
}

// admitted are the questions that may be shown to the agent. The others are declined.
func (c *conversation) admitted(ctx context.Context, qs []upstream.Question) []upstream.Question {
	var admitted []upstream.Question
	for _, q := range qs {
		item, declared := c.channel(q.Channel)
		c.asked++
		switch {
		case !declared || !able(c.abilities(), q) || c.asked > maxQuestions:
			q.Decline(codeClosed, saidClosed)
		case !c.m.admit(ctx, c.r.who, item, true):
			q.Decline(codeUnanswered, saidRefused)
		default:
			admitted = append(admitted, q)
		}
	}
	return admitted
}

// able reports whether a client can answer a question of this kind.
func able(a upstream.Abilities, q upstream.Question) bool {
	switch q.Channel {
	case registry.Sampling:
		_, tools := q.Params.Member("tools")
		return a.Sampling && (!tools || a.SamplingTools)
	case registry.Elicitation:
		mode, _ := q.Params.Member("mode")
		if kind, _ := mode.Text(); kind == "url" {
			return a.ElicitationURL
		}
		return a.Elicitation
	case registry.Roots:
		return a.Roots
	}
	return false
}

// put waits for the client's answers. Meanwhile the call's own time stands still. Questions that are not answered in their time end the call,
// which completes as unknown: the server would wait for ever.
func (c *conversation) put(ctx context.Context, qs []upstream.Question) ([]Answer, error) {
	shown := make([]Question, len(qs))
	for i, q := range qs {
		shown[i] = Question{Server: c.r.item.Server, Channel: q.Channel, Key: q.Key, Params: q.Params}
	}
	most := c.m.Limits.QuestionTimeout
	asking, cancel := context.WithTimeout(ctx, most)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-qs[0].Withdrawn: // what came together is taken back together
			cancel()
		case <-asking.Done():
		}
	})
	defer watch.Wait()
	defer cancel()
	c.clock.pause()
	defer c.clock.resume()
	answers, err := c.r.client.Ask(asking, shown)
	if err == nil && len(answers) != len(qs) {
		err = fault.New(fault.Bug, "ask the client", errors.New("it gave another number of answers"))
	}
	if err != nil && ctx.Err() == nil && errors.Is(asking.Err(), context.DeadlineExceeded) {
		c.clock.expire(fmt.Errorf("no answer to a question of the server within %v: limits.question_timeout: %w", most, context.DeadlineExceeded))
	}
	return answers, err
}
