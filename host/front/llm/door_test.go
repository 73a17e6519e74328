package llm

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"argus/host/identity"
	"argus/host/mediate"
)

func keyFile(t *testing.T, key string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNobodyWithoutACredentialReachesTheVendor: what is wrong with a request is told before anything of it goes on.
func TestNobodyWithoutACredentialReachesTheVendor(t *testing.T) {
	r := open(t)
	r.vendor.answers(say("hello"))
	a, b := r.agent("a"), r.agent("b")
	for _, c := range []struct {
		name    string
		status  int
		code    string
		headers []string
	}{
		{"no token", 401, "invalid_api_key", []string{"Authorization", ""}},
		{"an unknown token", 401, "invalid_api_key", []string{"Authorization", "Bearer " + string(identity.NewToken())}},
		{"the vendor's key", 401, "invalid_api_key", []string{"Authorization", "Bearer " + vendorKey}},
		{"a token without its scheme", 401, "invalid_api_key", []string{"Authorization", string(a.token)}},
		{"two tokens", 401, "invalid_api_key", []string{"X-Api-Key", string(b.token)}},
		{"a token and a key in one request", 401, "invalid_api_key", []string{"X-Api-Key", "sk-other"}},
		{"an unknown token in its own header", 401, "invalid_api_key", []string{"Argus-Authorization", "Bearer " + string(identity.NewToken()), "Authorization", ""}},
		{"a token in both places of which one is the vendor's", 401, "invalid_api_key", []string{"Argus-Authorization", "Bearer " + string(a.token)}},
		{"a context that is none of its", 400, "context", []string{mediate.ContextHeader, "ctx_other"}},
		{"an empty context", 400, "context", []string{mediate.ContextHeader, " "}},
		{"another host", 403, "host", []string{"Host", "rebound.example"}},
		{"a web page", 403, "origin", []string{"Origin", "https://app.example"}},
	} {
		if message := a.do(chats, talkOf(user("hi"), false), c.headers...).failure(c.status, c.code); strings.Contains(message, "argus_") {
			t.Errorf("%s: told %q", c.name, message)
		}
	}
	if got := r.vendor.asked(); len(got) != 0 {
		t.Fatalf("the vendor was asked: %v", got)
	}
	for name, headers := range map[string][]string{
		"a bearer":              {},
		"a key":                 {"Authorization", "", "X-Api-Key", string(a.token)},
		"the same in both":      {"X-Api-Key", string(a.token)},
		"a header of its own":   {"Authorization", "", "Argus-Authorization", "Bearer " + string(a.token)},
		"the vendor's beside":   {"Authorization", "Bearer sk-theirs", "Argus-Authorization", "Bearer " + string(a.token)},
		"a key of theirs aside": {"Authorization", "", "X-Api-Key", "sk-theirs", "Argus-Authorization", "Bearer " + string(a.token)},
	} {
		if m, _ := a.do(chats, talkOf(user("hi"), false), headers...).message(); m.Content != "hello" {
			t.Errorf("%s: the model said %q", name, m.Content)
		}
	}
	for _, q := range r.vendor.asked() {
		if q.header.Get("Authorization") != "Bearer "+vendorKey || q.header["X-Api-Key"] != nil {
			t.Errorf("beside the key of the configuration another went out: %v", q.header)
		}
	}
}

// TestRevokedTokenReachesNothing: a token that was good is not once it has ended.
func TestRevokedTokenReachesNothing(t *testing.T) {
	r := open(t)
	r.vendor.answers(say("hello"))
	a := r.agent("a")
	a.says(user("hi")).wants(200)
	if err := r.mediator.Retire(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	a.says(user("hi")).failure(401, "invalid_api_key")
	if got := r.vendor.asked(); len(got) != 1 {
		t.Errorf("the vendor was asked %d times", len(got))
	}
}

// TestSecretsStayOnTheirSide: the vendor never has a token of Argus, the agent never a key of the vendor's.
func TestSecretsStayOnTheirSide(t *testing.T) {
	r := open(t)
	r.vendor.answers(say("hello"))
	a := r.agent("a")
	token := string(a.token)
	a.do(chats, talkOf(user("hi"), false), "Cookie", "a=b", "X-Forwarded-For", "10.0.0.1", "Anthropic-Beta", "b", "Proxy-Authorization", "Basic x",
		"Accept-Encoding", "gzip", "Argus-Context", "", "Idempotency-Key", "k", "X-Stainless-Other", "k").wants(200)
	a.do("/own/v1/chat/completions", talkOf(user("hi"), false), "Authorization", "Bearer sk-theirs", "Argus-Authorization", "Bearer "+token).wants(200)
	a.do("/own/v1/chat/completions", talkOf(user("hi"), false), "User-Agent", "leak "+token).failure(400, "token")
	a.do("/vendor/v1/models/"+token, "").failure(400, "token")
	a.do("/vendor/v1/models?x="+token, "").failure(400, "token")
	a.do("/vendor/v1/models?x=%61"+token[1:], "").failure(400, "token")
	a.do("/vendor/v1/embeddings", `{"input":"`+token+`"}`).failure(400, "token")
	a.do(chats, talkOf(user("it is "+token), false)).failure(400, "token")
	a.do(chats, talkOf(user("hi"), false), "User-Agent", strings.Repeat("x", maxHeader+1)).failure(400, "header")
	got := r.vendor.asked()
	if len(got) != 2 {
		t.Fatalf("the vendor was asked %d times", len(got))
	}
	for i, want := range []string{"Bearer " + vendorKey, "Bearer sk-theirs"} {
		if got[i].header.Get("Authorization") != want {
			t.Errorf("request %d: the vendor is shown %q", i, got[i].header.Get("Authorization"))
		}
		for name, values := range got[i].header {
			if strings.Contains(strings.Join(values, " "), "argus") || strings.HasPrefix(name, "Argus") {
				t.Errorf("request %d: the vendor got %s", i, name)
			}
		}
		for _, name := range []string{"Cookie", "X-Forwarded-For", "Proxy-Authorization", "Accept-Encoding", "X-Api-Key", "Idempotency-Key", "X-Stainless-Other"} {
			if got[i].header[name] != nil {
				t.Errorf("request %d: %s went on", i, name)
			}
		}
	}
	if got[0].header.Get("Anthropic-Beta") != "b" {
		t.Error("a listed header did not go on")
	}

	answer := a.says(user("hi")).wants(200)
	if answer.header["Set-Cookie"] != nil || answer.header.Get("X-Request-Id") != "req_1" {
		t.Errorf("headers of the answer: %v", answer.header)
	}
	r.vendor.answers(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", mediaJSON)
		w.WriteHeader(401)
		w.Write([]byte(`{"error":{"message":"wrong key: ` + q.Header.Get("Authorization") + `"}}`))
	})
	if message := a.says(user("hi")).failure(401, "broken_answer"); strings.Contains(message, "canary") {
		t.Error("the agent is told the key")
	}
	spelled := strings.Replace(vendorKey, "s", `\u0073`, 1)
	for name, answer := range map[string]http.HandlerFunc{
		"in other letters": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaJSON)
			w.WriteHeader(401)
			io.WriteString(w, `{"error":{"message":"wrong key: `+spelled+`"}}`)
		},
		"in a header": func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Request-Id", "for "+vendorKey)
			say("hello")(w, q)
		},
		"in an answer": say("Your key is " + vendorKey),
	} {
		r.vendor.answers(answer)
		for _, stream := range []bool{false, true} {
			g := a.do(chats, talkOf(user("hi"), stream))
			if strings.Contains(g.body, vendorKey) || strings.Contains(g.body, spelled) || strings.Contains(fmt.Sprint(g.header), vendorKey) {
				t.Errorf("%s, streamed %v: the agent is told the key: %s %v", name, stream, g.body, g.header)
			}
		}
	}
	if text := r.log.String(); strings.Contains(text, "canary") || strings.Contains(text, token) {
		t.Errorf("the log holds a secret: %s", text)
	}
}

// TestKeyIsPrivateAndReadAgain: a key that others can read is not used, and one that was replaced is.
func TestKeyIsPrivateAndReadAgain(t *testing.T) {
	path := keyFile(t, "one")
	k := KeyFile(path)
	if text, err := k.Read(); text != "one" || err != nil {
		t.Fatal(text, err)
	}
	for name, spoil := range map[string]func() error{
		"open to others": func() error { return os.Chmod(path, 0o644) },
		"no key":         func() error { return os.WriteFile(path, []byte("two words of canary\n"), 0o600) },
		"large":          func() error { return os.WriteFile(path, []byte(strings.Repeat("k", maxKey+1)), 0o600) },
		"a folder":       func() error { os.Remove(path); return os.Mkdir(path, 0o700) },
		"a link": func() error {
			os.Remove(path)
			return os.Symlink(keyFile(t, "other"), path)
		},
		"gone": func() error { return os.Remove(path) },
	} {
		os.RemoveAll(path)
		if err := os.WriteFile(path, []byte("one"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if text, err := k.Read(); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	os.RemoveAll(path)
	if err := os.WriteFile(path, []byte("three"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := k.Read(); text != "three" || err != nil {
		t.Errorf("a new key: %q %v", text, err)
	}
}

// TestOnlyListedPathsPass: nothing of the vendor is reached that nobody named, however it is spelled.
func TestOnlyListedPathsPass(t *testing.T) {
	r := open(t)
	r.vendor.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaJSON)
		w.Write([]byte(`{"data":[]}`))
	})
	a := r.agent("a")
	for path, code := range map[string]string{
		"/vendor/v1/files": "unknown_path", "/vendor/v1/models/../files": "unknown_path", "/vendor/v1//models": "unknown_path", "/vendor/v1/models%2f..": "unknown_path",
		"/vendor/v1/models/": "unknown_path", "/vendor": "unknown_upstream", "/other/v1/models": "unknown_upstream", "/": "unknown_upstream",
		"/vendor/v1/chat/completions": "unknown_path", // by GET
	} {
		a.do(path, "").failure(404, code)
	}
	if got := r.vendor.asked(); len(got) != 0 {
		t.Fatalf("the vendor was asked: %v", got)
	}
	if g := a.do("/vendor/v1/models?limit=2", "").wants(200); g.body != `{"data":[]}` {
		t.Errorf("got %s", g.body)
	}
	if got := r.vendor.asked(); len(got) != 1 || got[0].path != "/v1/models?limit=2" || got[0].header.Get("Authorization") != "Bearer "+vendorKey {
		t.Errorf("the vendor got %v", got)
	}
}

// TestSlowSendersAreCutOffAndSlowVendorsAreNot: how long a body may take says nothing of how long its answer may.
func TestSlowSendersAreCutOffAndSlowVendorsAreNot(t *testing.T) {
	short := usual
	short.body = 100 * time.Millisecond
	r := openFor(t, short)
	a := r.agent("a")
	slow, end := io.Pipe()
	defer end.Close()
	q := a.request(context.Background(), chats, "x")
	q.Body, q.ContentLength = slow, 100
	r.send(q).failure(408, "timeout")
	r.vendor.answers(func(w http.ResponseWriter, q *http.Request) {
		select {
		case <-time.After(4 * short.body):
			say("Hello.")(w, q)
		case <-q.Context().Done():
		}
	})
	a.do("/vendor/v1/models", "").wants(200)
	a.says(user("Hi.")).wants(200)
}
