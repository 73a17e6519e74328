package fakevendor_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"argus/internal/fakevendor"
)

// TestVendorRefusesWhatVendorsRefuse sends conversations that a proxy could have spoiled, and the same unspoiled.
func TestVendorRefusesWhatVendorsRefuse(t *testing.T) {
	const user, call, result = `{"role":"user","content":"hi"}`, `{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}`,
		`{"role":"tool","tool_call_id":"a","content":"x"}`
	const used, had = `{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]}`, `{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}`
	const made, output = `{"type":"function_call","call_id":"a","name":"f","arguments":"{}"}`, `{"type":"function_call_output","call_id":"a","output":"x"}`
	chat := func(messages ...string) string {
		return `{"model":"m","messages":[` + strings.Join(messages, ",") + `]}`
	}
	messages := func(ms ...string) string {
		return `{"model":"m","max_tokens":9,"messages":[` + strings.Join(ms, ",") + `]}`
	}
	input := func(items ...string) string { return `{"model":"m","input":[` + strings.Join(items, ",") + `]}` }
	server := httptest.NewServer(fakevendor.New(key, func(fakevendor.Conversation) fakevendor.Answer { return fakevendor.Answer{Text: "ok"} }))
	defer server.Close()
	for _, c := range []struct {
		what, path, body string
		want             int
	}{
		{"a round of calls", "/v1/chat/completions", chat(user, call, result), 200},
		{"a call without a result", "/v1/chat/completions", chat(user, call, user), 400},
		{"a result without a call", "/v1/chat/completions", chat(user, result), 400},
		{"an id twice", "/v1/chat/completions", chat(user, call, result, call, result), 400},
		{"a round of calls", "/v1/messages", messages(user, used, had), 200},
		{"a call without a result", "/v1/messages", messages(user, used), 400},
		{"a result without a call", "/v1/messages", messages(user, had), 400},
		{"an empty text", "/v1/messages", messages(user, `{"role":"assistant","content":[{"type":"text","text":""}]}`, user), 400},
		{"a changed thought", "/v1/messages", messages(user, `{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"y"}]}`, user), 400},
		{"no max_tokens", "/v1/messages", chat(user), 400},
		{"a round of calls", "/v1/responses", input(user, made, output), 200},
		{"a call without a result", "/v1/responses", input(user, made), 400},
		{"a result without a call", "/v1/responses", input(user, output), 400},
		{"an answer that nobody kept", "/v1/responses", `{"model":"m","input":"x","previous_response_id":"resp_0"}`, 400},
		{"no JSON", "/v1/responses", `{`, 400},
		{"no such path", "/v1/other", `{}`, 404},
	} {
		if got, said := post(t, server.URL+c.path, key, c.body); got != c.want {
			t.Errorf("%s at %s: %d, want %d: %s", c.what, c.path, got, c.want, said)
		}
	}
	if got, _ := post(t, server.URL+"/v1/responses", "another", input(user)); got != http.StatusUnauthorized {
		t.Errorf("with a wrong key: %d", got)
	}
}

// TestKeptAnswersAreGoneOnFrom is a conversation whose beginning only the vendor has.
func TestKeptAnswersAreGoneOnFrom(t *testing.T) {
	var heard []fakevendor.Message
	v := fakevendor.New(key, func(c fakevendor.Conversation) fakevendor.Answer {
		heard = c.Said
		return fakevendor.Answer{Calls: []fakevendor.Call{{ID: "a", Tool: "f", Arguments: "{}"}}}
	})
	server := httptest.NewServer(v)
	defer server.Close()
	_, first := post(t, server.URL+"/v1/responses", key, `{"model":"m","input":"begin"}`)
	_, rest, _ := strings.Cut(first, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	status, said := post(t, server.URL+"/v1/responses", key,
		`{"model":"m","previous_response_id":"`+id+`","input":[{"type":"function_call_output","call_id":"a","output":"x"}]}`)
	if status != http.StatusOK || len(heard) != 3 || heard[0].Text != "begin" || heard[2].Of != "a" {
		t.Errorf("heard %v, and answered %d: %s", heard, status, said)
	}
	if got := v.Requests(); len(got) != 2 || string(got[0].Body) != `{"model":"m","input":"begin"}` {
		t.Errorf("kept %v", got)
	}
}

func post(t *testing.T, url, key, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(said)
}
