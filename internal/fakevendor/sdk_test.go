package fakevendor_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"argus/internal/fakevendor"
)

const key = "the-key"

// client asks a vendor by the official SDK of an API, which reads the answer by its own parser.
type client struct {
	api  fakevendor.API
	ask  func(ctx context.Context, url string, stream bool) (fakevendor.Answer, error)
	many func(error) bool // whether the SDK took the error for one of a rate limit
}

var clients = []client{
	{fakevendor.Chat, askChat, openAIStatus(429)},
	{fakevendor.Responses, askResponses, openAIStatus(429)},
	{fakevendor.Messages, askMessages, anthropicStatus(429)},
}

// TestOfficialClientsReadEveryAnswer holds the grammar to the parsers of the SDKs.
func TestOfficialClientsReadEveryAnswer(t *testing.T) {
	calls := []fakevendor.Call{{ID: "call-1", Tool: "read_mail", Arguments: `{}`}, {ID: "call-2", Tool: "post_out", Arguments: `{"text":"schöne Grüße\n\"bye\""}`}}
	for name, says := range map[string]fakevendor.Answer{
		"text":           {Text: "Good morning, schöner Tag: \"quoted\"."},
		"calls":          {Calls: calls},
		"text and calls": {Text: "I shall look.", Calls: calls},
		"a long text":    {Text: strings.Repeat("word ", 1000)},
	} {
		for _, c := range clients {
			for _, stream := range []bool{false, true} {
				for _, packed := range []bool{false, true} {
					v := fakevendor.New(key, func(fakevendor.Conversation) fakevendor.Answer { return says })
					v.Carry(fakevendor.Manner{Gzip: packed})
					server := httptest.NewServer(v)
					got, err := c.ask(t.Context(), server.URL, stream)
					server.Close()
					if err != nil {
						t.Errorf("%s of %s, streamed %v: %v", name, c.api, stream, err)
					} else if diff := cmp.Diff(says, got); diff != "" {
						t.Errorf("%s of %s, streamed %v:\n%s", name, c.api, stream, diff)
					}
				}
			}
		}
	}
}

// TestOfficialClientsNoticeEveryFault shows that no fault passes for an answer.
func TestOfficialClientsNoticeEveryFault(t *testing.T) {
	for name, m := range map[string]fakevendor.Manner{
		"stall":    {Fault: fakevendor.Stall, At: 3},
		"cut":      {Fault: fakevendor.Cut, At: 3},
		"garble":   {Fault: fakevendor.Garble, At: 3},
		"breakage": {Fault: fakevendor.Breakage, At: 3},
		"page":     {Fault: fakevendor.Page},
	} {
		for _, c := range clients {
			for _, stream := range []bool{false, true} {
				if name == "breakage" && !stream {
					continue
				}
				v := fakevendor.New(key, func(fakevendor.Conversation) fakevendor.Answer {
					return fakevendor.Answer{Text: "some text in many pieces"}
				})
				v.Carry(m)
				server := httptest.NewServer(v)
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				got, err := c.ask(ctx, server.URL, stream)
				cancel()
				server.CloseClientConnections()
				server.Close()
				if err == nil && got.Text == "some text in many pieces" {
					t.Errorf("%s of %s, streamed %v: nothing was noticed", name, c.api, stream)
				}
			}
		}
	}
}

func TestRateLimitIsTheErrorThatTheClientsKnow(t *testing.T) {
	for _, c := range clients {
		v := fakevendor.New(key, nil)
		v.Carry(fakevendor.Manner{Status: 429, Header: map[string][]string{"Retry-After": {"7"}}})
		server := httptest.NewServer(v)
		if _, err := c.ask(t.Context(), server.URL, true); !c.many(err) {
			t.Errorf("%s: %v", c.api, err)
		}
		server.Close()
	}
}

func openAIStatus(status int) func(error) bool {
	return func(err error) bool {
		told, is := errors.AsType[*openai.Error](err)
		return is && told.StatusCode == status && told.Message != ""
	}
}

func anthropicStatus(status int) func(error) bool {
	return func(err error) bool {
		told, is := errors.AsType[*anthropic.Error](err)
		return is && told.StatusCode == status && strings.Contains(told.RawJSON(), "rate_limit_error")
	}
}

func askChat(ctx context.Context, url string, stream bool) (fakevendor.Answer, error) {
	c := openai.NewClient(openaioption.WithBaseURL(url+"/v1"), openaioption.WithAPIKey(key), openaioption.WithMaxRetries(0))
	q := openai.ChatCompletionNewParams{Model: "gpt-5.2", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hello")}}
	var answer openai.ChatCompletion
	if stream {
		q.StreamOptions.IncludeUsage = openai.Bool(true)
		s := c.Chat.Completions.NewStreaming(ctx, q)
		var all openai.ChatCompletionAccumulator
		for s.Next() {
			if !all.AddChunk(s.Current()) {
				return fakevendor.Answer{}, errors.New("the accumulator refused a chunk")
			}
		}
		if s.Err() != nil {
			return fakevendor.Answer{}, s.Err()
		}
		answer = all.ChatCompletion
	} else {
		whole, err := c.Chat.Completions.New(ctx, q)
		if err != nil {
			return fakevendor.Answer{}, err
		}
		answer = *whole
	}
	if len(answer.Choices) != 1 || answer.Usage.TotalTokens != 37 {
		return fakevendor.Answer{}, errors.New("the answer is not whole")
	}
	said := answer.Choices[0].Message
	got := fakevendor.Answer{Text: said.Content}
	for _, call := range said.ToolCalls {
		got.Calls = append(got.Calls, fakevendor.Call{ID: call.ID, Tool: call.Function.Name, Arguments: call.Function.Arguments})
	}
	return got, nil
}

func askResponses(ctx context.Context, url string, stream bool) (fakevendor.Answer, error) {
	c := openai.NewClient(openaioption.WithBaseURL(url+"/v1"), openaioption.WithAPIKey(key), openaioption.WithMaxRetries(0))
	q := responses.ResponseNewParams{Model: "gpt-5.2", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("hello")}}
	var answer *responses.Response
	var err error
	if stream {
		s := c.Responses.NewStreaming(ctx, q)
		for s.Next() {
			if e := s.Current(); e.Type == "response.completed" {
				done := e.AsResponseCompleted().Response
				answer = &done
			}
		}
		err = s.Err()
	} else {
		answer, err = c.Responses.New(ctx, q)
	}
	if err != nil || answer == nil {
		return fakevendor.Answer{}, errors.Join(errors.New("no whole answer"), err)
	}
	got := fakevendor.Answer{Text: answer.OutputText()}
	for _, item := range answer.Output {
		if item.Type == "function_call" {
			call := item.AsFunctionCall()
			got.Calls = append(got.Calls, fakevendor.Call{ID: call.CallID, Tool: call.Name, Arguments: call.Arguments})
		}
	}
	return got, nil
}

func askMessages(ctx context.Context, url string, stream bool) (fakevendor.Answer, error) {
	c := anthropic.NewClient(anthropicoption.WithBaseURL(url), anthropicoption.WithAPIKey(key), anthropicoption.WithMaxRetries(0))
	q := anthropic.MessageNewParams{Model: "claude-sonnet-5", MaxTokens: 100,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("hello"))}}
	var answer anthropic.Message
	if stream {
		s := c.Messages.NewStreaming(ctx, q)
		for s.Next() {
			if err := answer.Accumulate(s.Current()); err != nil {
				return fakevendor.Answer{}, err
			}
		}
		if s.Err() != nil {
			return fakevendor.Answer{}, s.Err()
		}
	} else {
		whole, err := c.Messages.New(ctx, q)
		if err != nil {
			return fakevendor.Answer{}, err
		}
		answer = *whole
	}
	if answer.StopReason == "" {
		return fakevendor.Answer{}, errors.New("the answer is not whole")
	}
	var got fakevendor.Answer
	for _, b := range answer.Content {
		switch b.Type {
		case "thinking":
			got.Thinking = b.Thinking
		case "text":
			got.Text = b.Text
		case "tool_use":
			got.Calls = append(got.Calls, fakevendor.Call{ID: b.ID, Tool: b.Name, Arguments: string(b.Input)})
		}
	}
	return got, nil
}
