package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

const callPatience = 30 * time.Second

// contextHeader says to Argus as which declared context a request acts, and newContext is where Argus tells the id of one.
const (
	contextHeader = "Argus-Context"
	newContext    = "argus/context"
)

func (a *agent) call(ctx context.Context, on *connection, s step) report {
	if on == nil {
		return report{ID: s.ID, Failure: "there is no connection of this name: connect first"}
	}
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	var q mcp.CallToolRequest
	q.Params.Name, q.Params.Arguments = s.Tool, s.Arguments
	if s.Arguments == nil {
		q.Params.Arguments = map[string]any{}
	}
	if s.Context != "" {
		q.Header = http.Header{contextHeader: {s.Context}}
	}
	result, err := on.client.CallTool(ctx, q)
	if err != nil {
		return report{ID: s.ID, Failure: err.Error()}
	}
	return reportOf(s.ID, result)
}

func reportOf(id string, result *mcp.CallToolResult) report {
	r := report{ID: id, IsError: result.IsError, Structured: result.RawStructuredContent}
	var texts []string
	for _, c := range result.Content {
		if t, ok := mcp.AsTextContent(c); ok {
			texts = append(texts, t.Text)
		}
	}
	r.Text = strings.Join(texts, "\n")
	if result.Meta != nil {
		r.Context, _ = result.Meta.AdditionalFields[newContext].(string)
	}
	return r
}

var copied = regexp.MustCompile(`\$\{[A-Za-z0-9_.-]+\}`)

// filledIn is the arguments with each ${ID} replaced by what that step brought: nothing, if it brought no text.
func (a *agent) filledIn(arguments map[string]any) map[string]any {
	a.mu.Lock()
	defer a.mu.Unlock()
	filled, _ := a.fill(arguments).(map[string]any)
	return filled
}

func (a *agent) fill(v any) any {
	switch v := v.(type) {
	case string:
		return copied.ReplaceAllStringFunc(v, func(ref string) string { return a.texts[ref[2:len(ref)-1]] })
	case []any:
		filled := make([]any, len(v))
		for i, item := range v {
			filled[i] = a.fill(item)
		}
		return filled
	case map[string]any:
		filled := make(map[string]any, len(v))
		for name, item := range v {
			filled[name] = a.fill(item)
		}
		return filled
	}
	return v
}
