package main

import (
	"context"
	"errors"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

func openAI(t task) openai.Client {
	options := []option.RequestOption{option.WithBaseURL(t.Base + "/v1"), option.WithAPIKey(t.Key), option.WithMaxRetries(0)}
	for name, value := range t.Headers {
		options = append(options, option.WithHeader(name, value))
	}
	return openai.NewClient(options...)
}

func chat(ctx context.Context, t task, r *report) error {
	client := openAI(t)
	q := openai.ChatCompletionNewParams{Model: "gpt-5.2"}
	for _, tool := range t.Tools {
		q.Tools = append(q.Tools, openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
			Name: tool.Name, Description: openai.String(tool.Description), Parameters: tool.Schema,
		}))
	}
	for _, prompt := range t.Prompts {
		q.Messages = append(q.Messages, openai.UserMessage(prompt))
		for range mostRounds {
			said, err := complete(ctx, client, q, t.Stream)
			if err != nil {
				return err
			}
			r.say(said.Content)
			q.Messages = append(q.Messages, said.ToParam())
			if len(said.ToolCalls) == 0 {
				break
			}
			for _, c := range said.ToolCalls {
				result, err := r.use(t, c.Function.Name, c.Function.Arguments)
				if err != nil {
					return err
				}
				q.Messages = append(q.Messages, openai.ToolMessage(result, c.ID))
			}
		}
	}
	return nil
}

func complete(ctx context.Context, client openai.Client, q openai.ChatCompletionNewParams, stream bool) (openai.ChatCompletionMessage, error) {
	var none openai.ChatCompletionMessage
	if !stream {
		answer, err := client.Chat.Completions.New(ctx, q)
		if err != nil {
			return none, err
		}
		return answer.Choices[0].Message, nil
	}
	q.StreamOptions.IncludeUsage = openai.Bool(true)
	s := client.Chat.Completions.NewStreaming(ctx, q)
	var all openai.ChatCompletionAccumulator
	for s.Next() {
		if !all.AddChunk(s.Current()) {
			return none, errors.New("the accumulator refused a chunk")
		}
	}
	if err := s.Err(); err != nil {
		return none, err
	}
	if len(all.Choices) != 1 || all.Choices[0].FinishReason == "" {
		return none, errors.New("the stream ended before the answer did")
	}
	return all.Choices[0].Message, nil
}
