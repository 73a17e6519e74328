package mcp

import (
	"strings"
	"testing"

	"argus/internal/ijson"
)

// mark stands in every bad message; no answer may hold it.
const mark = "canary"

func TestMessageWithTwoReadingsIsRefused(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	d.m.heard()
	for name, c := range map[string]struct {
		body string
		code int64
	}{
		"no JSON":                    {`canary`, codeParse},
		"cut":                        {`{"jsonrpc":"2.0","id":1,"method":"canary"`, codeParse},
		"two values":                 {call(1, "ping", "") + call(2, "canary", ""), codeParse},
		"invalid UTF-8":              {call(1, "ping", `{"canary":"`+"\xff"+`"}`), codeParse},
		"lone surrogate":             {call(1, "ping", `{"canary":"\ud800"}`), codeParse},
		"NUL in a name":              {call(1, "ping", `{"canary\u0000":1}`), codeParse},
		"comment":                    {`{"jsonrpc":"2.0",/*canary*/"id":1,"method":"ping"}`, codeParse},
		"byte order mark":            {"\ufeff" + call(1, "ping", `{"canary":1}`), codeParse},
		"duplicate at the top":       {`{"jsonrpc":"2.0","id":1,"method":"ping","method":"canary"}`, codeInvalidRequest},
		"duplicate escaped":          {`{"jsonrpc":"2.0","id":1,"method":"ping","m\u0065thod":"canary"}`, codeInvalidRequest},
		"duplicate in params":        {call(1, "tools/call", `{"name":"a","name":"canary"}`), codeInvalidRequest},
		"duplicate in arguments":     {call(1, "tools/call", `{"name":"a","arguments":{"x":1,"x":"canary"}}`), codeInvalidRequest},
		"duplicate deep":             {call(1, "tools/call", `{"name":"a","arguments":{"x":[{"y":1,"y":"canary"}]}}`), codeInvalidRequest},
		"METHOD beside method":       {`{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"canary"}`, codeInvalidRequest},
		"Params for params":          {`{"jsonrpc":"2.0","id":1,"method":"ping","Params":{"canary":1}}`, codeInvalidRequest},
		"json_rpc beside jsonrpc":    {`{"jsonrpc":"2.0","json_rpc":"canary","id":1,"method":"ping"}`, codeInvalidRequest},
		"nesting of 10,000":          {call(1, "ping", `{"a":"canary","x":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+`}`), codeInvalidRequest},
		"batch":                      {`[` + call(1, "canary", "") + `]`, codeInvalidRequest},
		"empty batch":                {`[]`, codeInvalidRequest},
		"no object":                  {`"canary"`, codeParse},
		"no version":                 {`{"id":1,"method":"canary"}`, codeInvalidRequest},
		"another version":            {`{"jsonrpc":"1.0","id":1,"method":"canary"}`, codeInvalidRequest},
		"version that is a number":   {`{"jsonrpc":2.0,"id":1,"method":"canary"}`, codeInvalidRequest},
		"id null":                    {`{"jsonrpc":"2.0","id":null,"method":"canary"}`, codeInvalidRequest},
		"id an object":               {`{"jsonrpc":"2.0","id":{"canary":1},"method":"ping"}`, codeInvalidRequest},
		"id a fraction":              {`{"jsonrpc":"2.0","id":1.5,"method":"canary"}`, codeInvalidRequest},
		"id that is too long":        {`{"jsonrpc":"2.0","id":"` + strings.Repeat("canary", 100) + `","method":"ping"}`, codeInvalidRequest},
		"method that is no text":     {`{"jsonrpc":"2.0","id":1,"method":["canary"]}`, codeInvalidRequest},
		"method null":                {`{"jsonrpc":"2.0","id":1,"method":null,"canary":1}`, codeInvalidRequest},
		"params a list":              {call(1, "ping", `["canary"]`), codeInvalidRequest},
		"params null":                {call(1, "ping", `null`), codeInvalidRequest},
		"request and response":       {`{"jsonrpc":"2.0","id":1,"method":"ping","result":"canary"}`, codeInvalidRequest},
		"result and error":           {`{"jsonrpc":"2.0","id":1,"result":{},"error":"canary"}`, codeInvalidRequest},
		"response without id":        {`{"jsonrpc":"2.0","result":"canary"}`, codeInvalidRequest},
		"neither request nor answer": {`{"jsonrpc":"2.0","id":1,"canary":1}`, codeInvalidRequest},
	} {
		g := d.do("POST", d.alice, c.body, "Mcp-Session-Id", session)
		if g.status != 400 || g.code(t) != c.code || strings.Contains(g.body, mark) || !strings.Contains(g.body, `"id":null`) {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %v", asked)
	}
	d.ask(d.alice, session, "tools/call", `{"name":"a","arguments":{"NAME":1,"name":2,"id":3}}`).result(t)
}

func TestIDIsAnsweredAsItWasWritten(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	for _, id := range []string{`1`, `-7`, `1e2`, `"1"`, `""`, `"aé\""`, `9007199254740993`} {
		g := d.do("POST", d.alice, `{"jsonrpc":"2.0","id":`+id+`,"method":"ping"}`, "Mcp-Session-Id", session)
		if want := `{"jsonrpc":"2.0","id":` + id + `,"result":{}}`; g.body != want {
			t.Errorf("%s instead of %s", g.body, want)
		}
	}
}

func TestNotificationsAndResponsesAreAccepted(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	for _, body := range []string{
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","method":"notifications/anything","params":{}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"REQUESTID":5}}`,
		`{"jsonrpc":"2.0","id":1,"result":{}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}`,
	} {
		g := d.do("POST", d.alice, body, "Mcp-Session-Id", session)
		if g.status != 202 || g.body != "" {
			t.Errorf("%s: %d %s", body, g.status, g.body)
		}
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %v", asked)
	}
}

func FuzzMessage(f *testing.F) {
	for _, seed := range []string{hello, call(1, "tools/call", `{"name":"a"}`), `[]`, `{"jsonrpc":"2.0","id":1,"result":{}}`, "\xff", `{"jsonrpc":"2.0","method":"x"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, wrong := readMessage(body)
		if wrong != nil {
			if wrong.text == "" || wrong.code != codeParse && wrong.code != codeInvalidRequest {
				t.Fatalf("refused by %d %q", wrong.code, wrong.text)
			}
			return
		}
		if _, err := ijson.Parse(body, ijson.AtMost(len(body))); err != nil {
			t.Fatalf("accepted what has no strict reading: %v", err)
		}
		if (m.kind == request || m.kind == response) != (m.key != "") || m.kind == 0 || len(m.id) > maxID {
			t.Fatalf("%+v", m)
		}
		for _, a := range []answer{{result: empty}, {err: errID}} {
			out := append(append(a.head("1"), a.result...), tail...)
			if _, err := ijson.Parse(out, ijson.AtMost(len(out))); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
		}
	})
}
