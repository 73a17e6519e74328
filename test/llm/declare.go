package main

import (
	"context"
	"fmt"
	"strings"
)

// withLLM adds lines to the [llm] of a configuration.
func withLLM(text, lines string) (string, error) {
	before, after, found := strings.Cut(text, "[llm]\n")
	if !found {
		return "", fmt.Errorf("there is no [llm]")
	}
	return before + "[llm]\n" + lines + after, nil
}

// declare has a client declare its tools once, so that a person can look at them.
func (h *house) declare(ctx context.Context) error { return nil }
