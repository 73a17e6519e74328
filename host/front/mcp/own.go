package mcp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"argus/host/identity"
	"argus/host/mediate"
	"argus/host/schema"
	"argus/internal/ijson"
	"argus/kernel"
)

// ownTool is one of Argus's own, which only principals with declared contexts have.
type ownTool struct {
	name    string
	listing string
	check   *schema.Schema
	run     func(f *Front, ctx context.Context, who mediate.Caller, arguments ijson.Value) answer
}

const defaultAwait = 30 * time.Second

var ownList = []*ownTool{
	own("argus__delegate", "Gives birth to a context below this one, to be prompted once, now: later prompts to it are closed. Its id is for the client alone and stands in the result's _meta.",
		`{"type":"object","additionalProperties":false,"required":["capabilities","bits"],"properties":{`+
			`"capabilities":{"type":"array","maxItems":256,"uniqueItems":true,"items":{"type":"string","minLength":1,"maxLength":128}},`+
			`"bits":{"type":"integer","minimum":0,"maximum":9007199254740991},`+
			`"returns":{"type":["object","boolean"]}}}`,
		(*Front).delegate),
	own("argus__return", "Hands a value to the context that gave birth to this one: one of those that its schema admits or, unbounded, any; then the parent takes on what this context has met.",
		`{"type":"object","additionalProperties":false,"required":["value"],"properties":{"value":true,"unbounded":{"type":"boolean"}}}`,
		(*Front).handBack),
	own("argus__await", "Waits for the next value that a child of this context hands back.",
		`{"type":"object","additionalProperties":false,"required":["context"],"properties":{`+
			`"context":{"type":"string","minLength":1,"maxLength":128},`+
			`"timeout_ms":{"type":"integer","minimum":1,"maximum":3600000}}}`,
		(*Front).await),
	own("argus__revoke", "Ends a child of this context, and everything below it.",
		`{"type":"object","additionalProperties":false,"required":["context"],"properties":{`+
			`"context":{"type":"string","minLength":1,"maxLength":128}}}`,
		(*Front).revoke),
}

var ownTools, ownListings = func() (map[string]*ownTool, []byte) {
	byName := map[string]*ownTool{}
	var list []byte
	for i, tool := range ownList {
		byName[tool.name] = tool
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, tool.listing...)
	}
	return byName, list
}()

// own pins a tool. A schema of ours that does not compile is a broken build.
func own(name, description, input string, run func(*Front, context.Context, mediate.Caller, ijson.Value) answer) *ownTool {
	check, err := schema.Compile(ijson.MustParse(input))
	if err != nil {
		panic(err)
	}
	listing := ijson.AppendString([]byte(`{"name":`), name)
	listing = ijson.AppendString(append(listing, `,"description":`...), description)
	listing = append(append(listing, `,"inputSchema":`...), input...)
	return &ownTool{name: name, listing: string(append(listing, '}')), check: check, run: run}
}

var emptyObject = ijson.MustParse("{}")

func (f *Front) callOwn(ctx context.Context, t turn, tool *ownTool, arguments ijson.Value) answer {
	if arguments.Kind() == ijson.Invalid {
		arguments = emptyObject
	}
	if err := tool.check.Check(arguments); err != nil {
		return errorResult(fmt.Sprintf("%s was not run: its arguments do not fit its schema: %v", tool.name, err))
	}
	return tool.run(f, ctx, t.who, arguments)
}

// settled maps what became of a step that has no content of its own.
func (f *Front) settled(refused *mediate.Refusal, err error, tool string, done []byte) answer {
	switch {
	case err != nil:
		return answer{err: f.ownFault(err, tool)}
	case refused != nil:
		return refusedResult(refused)
	}
	return answer{result: done}
}

// delegate tells the child's id in _meta only: it is for the client, which keeps contexts apart, and no model has to see it.
func (f *Front) delegate(ctx context.Context, who mediate.Caller, arguments ijson.Value) answer {
	birth := mediate.Birth{}
	list, _ := arguments.Member("capabilities")
	for _, item := range list.Items() {
		name, _ := item.Text()
		birth.Capabilities = append(birth.Capabilities, kernel.Capability(name))
	}
	birth.Bits = uint64(whole(arguments, "bits", 0))
	birth.Returns, _ = arguments.Member("returns")
	id, step, err := f.Mediator.Delegate(ctx, who, birth)
	done := ijson.AppendString([]byte(`{"content":[{"type":"text","text":"A context was born."}],"_meta":{"argus/context":`), string(id))
	return f.settled(step.Refusal, err, "argus__delegate", append(done, "}}"...))
}

func (f *Front) handBack(ctx context.Context, who mediate.Caller, arguments ijson.Value) answer {
	value, _ := arguments.Member("value")
	unbounded, _ := arguments.Member("unbounded")
	free, _ := unbounded.Bool()
	step, err := f.Mediator.Return(ctx, who, value, free)
	return f.settled(step.Refusal, err, "argus__return", []byte(`{"content":[{"type":"text","text":"The value was handed back."}]}`))
}

func (f *Front) revoke(ctx context.Context, who mediate.Caller, arguments ijson.Value) answer {
	id, _ := text(arguments, "context")
	step, err := f.Mediator.Revoke(ctx, who, identity.ContextID(id))
	return f.settled(step.Refusal, err, "argus__revoke", []byte(`{"content":[{"type":"text","text":"The context was ended."}]}`))
}

func (f *Front) await(ctx context.Context, who mediate.Caller, arguments ijson.Value) answer {
	id, _ := text(arguments, "context")
	patience := min(time.Duration(whole(arguments, "timeout_ms", defaultAwait.Milliseconds()))*time.Millisecond, f.AwaitTimeout)
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	value, refused, err := f.Mediator.Await(waiting, who, identity.ContextID(id))
	if err != nil && ctx.Err() == nil && errors.Is(waiting.Err(), context.DeadlineExceeded) {
		return errorResult("No value came in time. Call argus__await again to wait on.")
	}
	return f.settled(refused, err, "argus__await", awaited(value))
}

// awaited shows the value twice, as the protocol asks of structured content. It is canonical JSON.
func awaited(value []byte) []byte {
	wrapped := append(append([]byte(`{"value":`), value...), '}')
	out := ijson.AppendString([]byte(`{"content":[{"type":"text","text":`), string(wrapped))
	return append(append(append(out, `}],"structuredContent":`...), wrapped...), '}')
}

// whole reads an integer that the schema has bounded.
func whole(arguments ijson.Value, name string, otherwise int64) int64 {
	v, given := arguments.Member(name)
	if !given {
		return otherwise
	}
	n, _ := v.Number()
	i, _ := n.Int64()
	return i
}
