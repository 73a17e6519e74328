package messages

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// FuzzStream: whatever a vendor sends, a client that is to get no call gets none, by its own reading of events; and where the bytes were cut
// changes nothing.
func FuzzStream(f *testing.F) {
	f.Add(stored(f, "calls.sse"))
	for _, e := range strings.SplitAfter(stored(f, "calls.sse"), "\n\n")[:12] {
		f.Add(e + e)
	}
	f.Add("event: message_start\rdata: {}\r\r:\r\n\r\n")
	r := request(f, `"stream":true,"tools":[{"type":"web_search_20250305","name":"web_search"}]`)
	f.Fuzz(func(t *testing.T, events string) {
		refuse := &bench{refuse: []string{"all"}}
		a := New().Answer(r, refuse, true)
		out, err := feed(a, nil, strings.NewReader(events))
		if err == nil {
			out, err = a.Finish(out)
		}
		again := New().Answer(r, &bench{refuse: []string{"all"}}, false)
		cut, cutErr := feed(again, nil, iotest.OneByteReader(strings.NewReader(events)))
		if cutErr == nil {
			cut, cutErr = again.Finish(cut)
		}
		if !bytes.Equal(out, cut) || (err == nil) != (cutErr == nil) {
			t.Fatalf("%v, %v:\n%s\n%s", err, cutErr, out, cut)
		}
		for s := sse.NewReader(bytes.NewReader(out), 1<<24); ; {
			e, err := s.Next()
			if err != nil {
				break
			}
			if e.Data == nil {
				continue
			}
			v, err := ijson.Parse(e.Data, ijson.AtMost(len(e.Data)))
			if err != nil {
				t.Fatalf("forwarded what is no JSON: %s", e.Data)
			}
			block, _ := v.Member("content_block")
			delta, _ := v.Member("delta")
			if text(block, "type") == "tool_use" {
				t.Fatalf("forwarded a call: %s", e.Data)
			}
			if _, has := delta.Member("partial_json"); has && !strings.Contains(string(out), "server_tool_use") {
				t.Fatalf("forwarded arguments: %s", e.Data)
			}
		}
		for _, told := range a.Turn() {
			value(t, told)
		}
	})
}

// FuzzRequest: a request that was read goes out as it came, and stays JSON with one reading if something is added.
func FuzzRequest(f *testing.F) {
	f.Add(stored(f, "request.json"))
	f.Add(conversation(hi, assistant(saidR, useA), user(resultA)))
	f.Add(`{"model":"m","messages":[{"role":"assistant","content":"[No r]"},{"role":"user","content":[ ]}],"tools":[]}`)
	changes := wire.Changes{Hidden: []wire.Hidden{refused("r", "[No r]", ""), refused("h", "", "a")},
		Tools: []wire.HostTool{{Listing: value(f, `{"name":"lookup","inputSchema":{"type":"object"}}`)}}}
	f.Fuzz(func(t *testing.T, body string) {
		v, err := ijson.ParseString(body, ijson.AtMost(1<<20))
		if err != nil {
			return
		}
		r, err := New().Read(v)
		if err != nil {
			return
		}
		if out, err := New().Apply(r, wire.Changes{}); err != nil || string(out) != v.Raw() {
			t.Fatalf("%v: %s", err, out)
		}
		out, err := New().Apply(r, changes)
		if err != nil {
			return
		}
		value(t, string(out))
		if follows, err := New().Follow(out, wire.Turn{useR}, changes.Hidden[:1]); err == nil {
			value(t, string(follows))
		}
	})
}
