package mcp

import (
	"context"
	"errors"

	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// sessionClient is the client of one call in the era of sessions. Notices and questions go over the response of the call, before its
// answer; the client's answers come as messages of their own, in the same session.
type sessionClient struct {
	x       *exchange
	session *session
	who     mediate.Caller
	params  ijson.Value // of the call
}

func (c *sessionClient) Abilities() upstream.Abilities {
	if !c.x.takes.sse {
		return upstream.Abilities{}
	}
	return c.session.can
}

func (c *sessionClient) LogLevel() string {
	if !c.x.takes.sse {
		return ""
	}
	return c.session.logLevel().String()
}

func (c *sessionClient) WantsProgress() bool { return c.x.takes.sse && progressToken(c.params) != "" }

func (c *sessionClient) Tell(n upstream.Notice) {
	c.x.tell(noticeMessage(n, progressToken(c.params)))
}

// Ask sends the questions and waits for all answers. One that is given up is taken back from the client.
func (c *sessionClient) Ask(ctx context.Context, qs []mediate.Question) ([]mediate.Answer, error) {
	waiting := make([]<-chan mediate.Answer, len(qs))
	for i, q := range qs {
		id, answer := c.session.questions.ask(c.who)
		waiting[i] = answer
		defer c.giveUp(id)
		if !c.x.tell(questionMessage(id, q)) {
			return nil, errGone
		}
	}
	answers := make([]mediate.Answer, len(qs))
	for i := range qs {
		select {
		case answers[i] = <-waiting[i]:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return answers, nil
}

var errGone = errors.New("ask the client: it takes nothing any more")

func (c *sessionClient) giveUp(id string) {
	if c.session.questions.withdraw(id) {
		c.x.tell([]byte(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"` + id + `"}}`))
	}
}

// progressToken is the token under which a request wants to be told of its progress, as it was written; empty for none.
func progressToken(params ijson.Value) string {
	meta, _ := params.Member("_meta")
	token, _ := meta.Member(metaProgress)
	if idKey(token) == "" {
		return ""
	}
	return token.Raw()
}

// noticeMessage is a notice as a message: what the server wrote and, of progress, the token of the agent's own request.
func noticeMessage(n upstream.Notice, token string) []byte {
	if n.Channel == registry.Log {
		return append(ijson.AppendLine([]byte(`{"jsonrpc":"2.0","method":"notifications/message","params":`), n.Params), '}')
	}
	out := append([]byte(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":`), token...)
	for name, member := range n.Params.Members() {
		out = append(ijson.AppendString(append(out, ','), name), ':')
		out = ijson.AppendLine(out, member)
	}
	return append(out, "}}"...)
}

func questionMessage(id string, q mediate.Question) []byte {
	out := append([]byte(`{"jsonrpc":"2.0","id":"`), id...)
	out = append(append(out, `","method":"`...), q.Method()...)
	out = append(out, '"')
	if q.Params.Kind() == ijson.Object {
		out = ijson.AppendLine(append(out, `,"params":`...), q.Params)
	}
	return append(out, '}')
}
