// Scripted is an MCP client that does what a script says, so that what an agent could be driven to do can be played without a model.
//
// The script comes on standard input, one JSON step per line, and for each step one JSON line goes to standard output. So a file can
// be played, or another program can decide each step by what the last one brought:
//
//	{"id": "1", "do": "connect", "url": "http://127.0.0.1:8741/mcp", "token_file": "agent.token"}
//	{"id": "db", "do": "call", "tool": "read-db"}
//	{"id": "3", "do": "call", "tool": "send-email", "arguments": {"to": "a@b.example", "subject": "", "body": "${db}"}}
//
// Like an injected model it copies what it read into what it does next: ${ID} stands for the text that step ID brought. It speaks
// streamable HTTP to Argus, with a token from a file that only its owner can read, or stdio to a server that it starts itself. It judges
// nothing: a refusal is reported as any other answer.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "scripted: steps come on standard input, there are no arguments")
		os.Exit(2)
	}
	if err := newAgent(os.Stdout).play(ctx, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "scripted:", err)
		os.Exit(1)
	}
}
