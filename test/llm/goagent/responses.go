package main

import (
	"context"
	"errors"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
)

func respond(ctx context.Context, t task, r *report) error {
	client := openAI(t)
	q := responses.ResponseNewParams{Model: "gpt-5.2", Store: openai.Bool(t.Previous)}
	for _, tool := range t.Tools {
		q.Tools = append(q.Tools, responses.ToolUnionParam{OfFunction: &responses.FunctionToolParam{
			Name: tool.Name, Description: openai.String(tool.Description), Parameters: tool.Schema, Strict: openai.Bool(false),
		}})
	}
	if t.After != "" {
		q.PreviousResponseID = openai.String(t.After)
	}
	var input responses.ResponseInputParam
	for _, prompt := range t.Prompts {
		input = append(input, responses.ResponseInputItemParamOfMessage(prompt, responses.EasyInputMessageRoleUser))
		for range mostRounds {
			q.Input = responses.ResponseNewParamsInputUnion{OfInputItemList: input}
			answer, err := answered(ctx, client, q, t.Stream)
			if err != nil {
				return err
			}
			r.say(answer.OutputText())
			r.Last = answer.ID
			if t.Previous {
				q.PreviousResponseID, input = openai.String(answer.ID), nil
			}
			calls := 0
			for _, item := range answer.Output {
				if !t.Previous {
					input = append(input, again(item))
				}
			}
			for _, item := range answer.Output {
				if item.Type != "function_call" {
					continue
				}
				calls++
				c := item.AsFunctionCall()
				result, err := r.use(t, c.Name, c.Arguments)
				if err != nil {
					return err
				}
				input = append(input, output(c.CallID, result))
			}
			if calls == 0 {
				break
			}
		}
	}
	return nil
}

// again is an item of an answer as a request has it.
func again(item responses.ResponseOutputItemUnion) responses.ResponseInputItemUnionParam {
	switch item.Type {
	case "function_call":
		c := item.AsFunctionCall().ToParam()
		return responses.ResponseInputItemUnionParam{OfFunctionCall: &c}
	case "reasoning":
		c := item.AsReasoning().ToParam()
		return responses.ResponseInputItemUnionParam{OfReasoning: &c}
	}
	m := item.AsMessage().ToParam()
	return responses.ResponseInputItemUnionParam{OfOutputMessage: &m}
}

func output(call, text string) responses.ResponseInputItemUnionParam {
	item := responses.ResponseInputItemParamOfFunctionCallOutput(text)
	item.OfFunctionCallOutput.CallID = openai.String(call)
	return item
}

func answered(ctx context.Context, client openai.Client, q responses.ResponseNewParams, stream bool) (*responses.Response, error) {
	if !stream {
		return client.Responses.New(ctx, q)
	}
	s := client.Responses.NewStreaming(ctx, q)
	var answer *responses.Response
	for s.Next() {
		if e := s.Current(); e.Type == "response.completed" {
			whole := e.AsResponseCompleted().Response
			answer = &whole
		}
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if answer == nil {
		return nil, errors.New("the stream ended before the answer did")
	}
	return answer, nil
}
