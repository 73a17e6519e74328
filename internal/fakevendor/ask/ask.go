// Package ask asks a model once by the official Go clients of vendors, whose parsers judge what came. It never makes a call that the model asks
// for, and never asks twice.
package ask

import (
	"context"
	"errors"
	"net/http"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"argus/internal/fakevendor"
)

// Place is where a vendor is, or what stands in front of it.
type Place struct {
	Base string // without the API's own path
	Key  string
}

// Tool is one that is declared. Its argument is an object of strings.
type Tool struct {
	Name     string
	Argument string
}

func (t Tool) schema() map[string]any {
	return map[string]any{"type": "object", "properties": map[string]any{t.Argument: map[string]any{"type": "string"}}}
}

// Of asks by one API. The answer has what could be read of it before an error.
func Of(ctx context.Context, api fakevendor.API, p Place, prompt string, stream bool, tools ...Tool) (fakevendor.Answer, error) {
	switch api {
	case fakevendor.Chat:
		return chat(ctx, p, prompt, stream, tools)
	case fakevendor.Responses:
		return response(ctx, p, prompt, stream, tools)
	case fakevendor.Messages:
		return message(ctx, p, prompt, stream, tools)
	}
	return fakevendor.Answer{}, errors.New("there is no such API")
}

// Told is an error that a vendor tells in its own shape, as the client of the vendor reads it.
type Told struct {
	Status int
	Header http.Header
	Body   string
}

// AsTold reports what a client's own kind of error says. It is none if the client did not know the shape.
func AsTold(err error) (Told, bool) {
	if told, is := errors.AsType[*openai.Error](err); is && told.Message != "" {
		return Told{told.StatusCode, told.Response.Header, told.RawJSON()}, true
	}
	if told, is := errors.AsType[*anthropic.Error](err); is && told.RawJSON() != "" {
		return Told{told.StatusCode, told.Response.Header, told.RawJSON()}, true
	}
	return Told{}, false
}

// errShort says that a stream ended well and the answer in it did not.
var errShort = errors.New("the answer is not whole")

func openAI(p Place) openai.Client {
	return openai.NewClient(openaioption.WithBaseURL(p.Base+"/v1"), openaioption.WithAPIKey(p.Key), openaioption.WithMaxRetries(0))
}

func chat(ctx context.Context, p Place, prompt string, stream bool, tools []Tool) (fakevendor.Answer, error) {
	client := openAI(p)
	q := openai.ChatCompletionNewParams{Model: "gpt-5.2", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(prompt)}}
	for _, t := range tools {
		q.Tools = append(q.Tools, openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{Name: t.Name, Parameters: t.schema()}))
	}
	if !stream {
		whole, err := client.Chat.Completions.New(ctx, q)
		if err != nil {
			return fakevendor.Answer{}, err
		}
		return chatAnswer(*whole)
	}
	q.StreamOptions.IncludeUsage = openai.Bool(true)
	s := client.Chat.Completions.NewStreaming(ctx, q)
	var all openai.ChatCompletionAccumulator
	for s.Next() {
		if !all.AddChunk(s.Current()) {
			return fakevendor.Answer{}, errors.New("the accumulator refused a chunk")
		}
	}
	got, err := chatAnswer(all.ChatCompletion)
	return got, errors.Join(s.Err(), err)
}

func chatAnswer(c openai.ChatCompletion) (fakevendor.Answer, error) {
	if len(c.Choices) == 0 {
		return fakevendor.Answer{}, errShort
	}
	said := c.Choices[0].Message
	got := fakevendor.Answer{Text: said.Content}
	for _, call := range said.ToolCalls {
		got.Calls = append(got.Calls, fakevendor.Call{ID: call.ID, Tool: call.Function.Name, Arguments: call.Function.Arguments})
	}
	if c.Choices[0].FinishReason == "" || c.Usage.TotalTokens == 0 {
		return got, errShort
	}
	return got, nil
}

func response(ctx context.Context, p Place, prompt string, stream bool, tools []Tool) (fakevendor.Answer, error) {
	client := openAI(p)
	q := responses.ResponseNewParams{Model: "gpt-5.2", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(prompt)}}
	for _, t := range tools {
		q.Tools = append(q.Tools, responses.ToolUnionParam{OfFunction: &responses.FunctionToolParam{
			Name: t.Name, Parameters: t.schema(), Strict: openai.Bool(false),
		}})
	}
	if !stream {
		whole, err := client.Responses.New(ctx, q)
		if err != nil {
			return fakevendor.Answer{}, err
		}
		return responseAnswer(whole), nil
	}
	s := client.Responses.NewStreaming(ctx, q)
	var got fakevendor.Answer
	ended := errShort
	for s.Next() {
		switch e := s.Current(); e.Type {
		case "response.output_text.delta":
			got.Text += e.AsResponseOutputTextDelta().Delta
		case "response.output_item.done":
			if item := e.AsResponseOutputItemDone().Item; item.Type == "function_call" {
				got.Calls = append(got.Calls, calledOf(item))
			}
		case "response.completed":
			whole := e.AsResponseCompleted().Response
			got, ended = responseAnswer(&whole), nil
		}
	}
	return got, errors.Join(s.Err(), ended)
}

func calledOf(item responses.ResponseOutputItemUnion) fakevendor.Call {
	call := item.AsFunctionCall()
	return fakevendor.Call{ID: call.CallID, Tool: call.Name, Arguments: call.Arguments}
}

func responseAnswer(r *responses.Response) fakevendor.Answer {
	got := fakevendor.Answer{Text: r.OutputText()}
	for _, item := range r.Output {
		switch item.Type {
		case "function_call":
			got.Calls = append(got.Calls, calledOf(item))
		case "reasoning":
			for _, s := range item.AsReasoning().Summary {
				got.Thinking += s.Text
			}
		}
	}
	return got
}

func message(ctx context.Context, p Place, prompt string, stream bool, tools []Tool) (fakevendor.Answer, error) {
	client := anthropic.NewClient(anthropicoption.WithBaseURL(p.Base), anthropicoption.WithAPIKey(p.Key), anthropicoption.WithMaxRetries(0))
	q := anthropic.MessageNewParams{Model: "claude-sonnet-5", MaxTokens: 100,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(prompt))}}
	for _, t := range tools {
		q.Tools = append(q.Tools, anthropic.ToolUnionParam{OfTool: &anthropic.ToolParam{
			Name: t.Name, InputSchema: anthropic.ToolInputSchemaParam{Properties: t.schema()["properties"]},
		}})
	}
	if !stream {
		whole, err := client.Messages.New(ctx, q)
		if err != nil {
			return fakevendor.Answer{}, err
		}
		return messageAnswer(*whole)
	}
	s := client.Messages.NewStreaming(ctx, q)
	var all anthropic.Message
	for s.Next() {
		if err := all.Accumulate(s.Current()); err != nil {
			return fakevendor.Answer{}, err
		}
	}
	got, err := messageAnswer(all)
	return got, errors.Join(s.Err(), err)
}

func messageAnswer(m anthropic.Message) (fakevendor.Answer, error) {
	var got fakevendor.Answer
	for _, b := range m.Content {
		switch b.Type {
		case "thinking":
			got.Thinking = b.Thinking
		case "text":
			got.Text += b.Text
		case "tool_use":
			got.Calls = append(got.Calls, fakevendor.Call{ID: b.ID, Tool: b.Name, Arguments: string(b.Input)})
		}
	}
	if m.StopReason == "" {
		return got, errShort
	}
	return got, nil
}
