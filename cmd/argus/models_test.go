package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"argus/host/front/operator"
	"argus/internal/fakevendor"
	sdk "argus/internal/fakevendor/ask"
)

// vendor starts a vendor of models that takes a key, and sets VENDOR to its address. Its model calls the tool that the prompt names.
func vendor(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: vendor KEY")
	}
	server := httptest.NewServer(fakevendor.New(args[0], func(c fakevendor.Conversation) fakevendor.Answer {
		return fakevendor.Answer{Text: "As you wish.", Calls: []fakevendor.Call{{Tool: asked(c), Arguments: `{"text":"x"}`}}}
	}))
	ts.Defer(server.Close)
	ts.Setenv("VENDOR", server.URL)
}

// asked is the last message of a user.
func asked(c fakevendor.Conversation) string {
	for _, m := range slices.Backward(c.Said) {
		if m.Role == fakevendor.User {
			return m.Text
		}
	}
	return ""
}

// prompt asks the model of an upstream, through the daemon, to call a tool, and tells what came of it.
func prompt(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: prompt TOKENFILE UPSTREAM TOOL FLAGS...")
	}
	ts.Check(ts.Exec("argus", append([]string{"status", "--json"}, args[3:]...)...))
	var s operator.Status
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &s))
	at := sdk.Place{Base: s.LLMAddress + "/" + args[1], Key: strings.TrimSpace(ts.ReadFile(args[0]))}
	answer, err := sdk.Of(context.Background(), fakevendor.Chat, at, args[2], false, sdk.Tool{Name: args[2], Argument: "text"})
	fmt.Fprintf(ts.Stdout(), "said: %s\n", answer.Text)
	for _, c := range answer.Calls {
		fmt.Fprintf(ts.Stdout(), "called: %s %s\n", c.Tool, c.Arguments)
	}
	if err != nil {
		fmt.Fprintf(ts.Stdout(), "error: %v\n", err)
	}
}
