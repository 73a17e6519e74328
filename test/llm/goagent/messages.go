package main

import (
	"context"
	"errors"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

func message(ctx context.Context, t task, r *report) error {
	options := []option.RequestOption{option.WithBaseURL(t.Base), option.WithAPIKey(t.Key), option.WithMaxRetries(0)}
	for name, value := range t.Headers {
		options = append(options, option.WithHeader(name, value))
	}
	client := anthropic.NewClient(options...)
	q := anthropic.MessageNewParams{Model: "claude-sonnet-5", MaxTokens: 1000}
	for _, tool := range t.Tools {
		schema := anthropic.ToolInputSchemaParam{Properties: tool.Schema["properties"], ExtraFields: map[string]any{}}
		for name, value := range tool.Schema {
			if name != "type" && name != "properties" {
				schema.ExtraFields[name] = value
			}
		}
		q.Tools = append(q.Tools, anthropic.ToolUnionParam{OfTool: &anthropic.ToolParam{
			Name: tool.Name, Description: anthropic.String(tool.Description), InputSchema: schema,
		}})
	}
	for _, prompt := range t.Prompts {
		q.Messages = append(q.Messages, anthropic.NewUserMessage(anthropic.NewTextBlock(prompt)))
		for range mostRounds {
			said, err := speak(ctx, client, q, t.Stream)
			if err != nil {
				return err
			}
			q.Messages = append(q.Messages, said.ToParam())
			var results []anthropic.ContentBlockParamUnion
			for _, b := range said.Content {
				switch b.Type {
				case "text":
					r.say(b.Text)
				case "tool_use":
					result, err := r.use(t, b.Name, string(b.Input))
					if err != nil {
						return err
					}
					results = append(results, anthropic.NewToolResultBlock(b.ID, result, false))
				}
			}
			if len(results) == 0 {
				break
			}
			q.Messages = append(q.Messages, anthropic.NewUserMessage(results...))
		}
	}
	return nil
}

func speak(ctx context.Context, client anthropic.Client, q anthropic.MessageNewParams, stream bool) (*anthropic.Message, error) {
	if !stream {
		return client.Messages.New(ctx, q)
	}
	s := client.Messages.NewStreaming(ctx, q)
	var all anthropic.Message
	for s.Next() {
		if err := all.Accumulate(s.Current()); err != nil {
			return nil, err
		}
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if all.StopReason == "" {
		return nil, errors.New("the stream ended before the answer did")
	}
	return &all, nil
}
