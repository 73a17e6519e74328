package messages

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cockroachdb/datadriven"

	"argus/host/front/llm/wire"
)

// TestAnswers tells answers: what the client gets of each, event for event, and what the vendor's own client makes of that.
func TestAnswers(t *testing.T) {
	datadriven.RunTest(t, "testdata/answers", func(t *testing.T, d *datadriven.TestData) string {
		var b bench
		for _, arg := range d.CmdArgs {
			switch arg.Key {
			case "refuse":
				b.refuse = arg.Vals
			case "hide":
				b.hide = arg.Vals
			}
		}
		out, err := stream(t, "", stored(t, "calls.sse"), &b)
		if err != nil {
			return err.Error()
		}
		m, err := accumulated(out)
		if err != nil {
			t.Fatalf("the vendor's client: %v in\n%s", err, out)
		}
		if d.Cmd == "events" {
			return lines(out)
		}
		return shape(m)
	})
}

func TestAnAnswerIsForwardedByteForByte(t *testing.T) {
	in := stored(t, "calls.sse")
	var b bench
	out, err := stream(t, "", in, &b)
	if err != nil || out != in {
		t.Fatalf("%v:\n%s", err, out)
	}
	for i, want := range []string{`{"path": "a.txt"}`, `{}`, `{"to":"x@example.com"}`} {
		if b.calls[i].Arguments != want {
			t.Errorf("call %d was judged with the arguments %s", i, b.calls[i].Arguments)
		}
	}
	if got := strings.Join(b.ids(), " "); got != "toolu_a toolu_b toolu_c" {
		t.Error(got)
	}
}

func TestTextFlowsAndCallsWait(t *testing.T) {
	in := strings.SplitAfter(stored(t, "calls.sse"), "\n\n")
	a := New().Answer(request(t, `"stream":true`), &bench{}, false)
	var got []string
	for _, e := range in {
		out, err := feed(a, nil, strings.NewReader(e))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(out))
	}
	call := strings.Join(in[6:11], "")
	want := append(append([]string{}, in[:6]...), "", "", "", "", call)
	want = append(want, in[11:14]...)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("event %d gave\n%s\nand not\n%s", i, got[i], want[i])
		}
	}
	if end := strings.Join(got[len(got)-3:], ""); end != "" {
		t.Errorf("the end did not wait:\n%s", end)
	}
}

// TestWhereAStreamIsCutChangesNothing re-splits an answer at every byte.
func TestWhereAStreamIsCutChangesNothing(t *testing.T) {
	in := stored(t, "calls.sse")
	for _, refuse := range [][]string{nil, {"toolu_a"}, {"all"}} {
		want, err := stream(t, "", in, &bench{refuse: refuse})
		if err != nil {
			t.Fatal(err)
		}
		r := request(t, `"stream":true`)
		split := func(src io.Reader) {
			a := New().Answer(r, &bench{refuse: refuse}, false)
			out, err := feed(a, nil, src)
			if err == nil {
				out, err = a.Finish(out)
			}
			if err != nil || string(out) != want {
				t.Fatalf("%v:\n%s", err, out)
			}
		}
		for i := range in {
			split(io.MultiReader(strings.NewReader(in[:i]), strings.NewReader(in[i:])))
		}
		split(iotest.OneByteReader(strings.NewReader(in)))
		split(strings.NewReader(strings.ReplaceAll(in, "\n", "\r\n")))
		split(strings.NewReader(strings.ReplaceAll(in, "\n", "\r")))
	}
}

func TestAStreamThatStopsEarlyHasNoEnd(t *testing.T) {
	in := strings.SplitAfter(strings.TrimSuffix(stored(t, "calls.sse"), "\n\n"), "\n\n")
	for n := range in {
		a := New().Answer(request(t, `"stream":true`), &bench{}, false)
		out, err := feed(a, nil, strings.NewReader(strings.Join(in[:n], "")))
		if err != nil || a.Complete() {
			t.Fatalf("after %d events: %v, complete %v", n, err, a.Complete())
		}
		if _, err := a.Finish(out); !broken(err) {
			t.Fatalf("after %d events it ended: %v", n, err)
		}
		if n > 6 && n < 11 && bytes.Contains(out, []byte("toolu_a")) {
			t.Fatalf("after %d events a call without a ruling was forwarded", n)
		}
	}
}

func broken(err error) bool {
	_, is := errors.AsType[wire.Broken](err)
	return is
}

func TestAFaultOfTheJudgeEndsTheAnswer(t *testing.T) {
	fault := errors.New("the ledger is full")
	a := New().Answer(request(t, `"stream":true`), &bench{fail: fault}, false)
	out, err := feed(a, nil, strings.NewReader(stored(t, "calls.sse")))
	if !errors.Is(err, fault) || bytes.Contains(out, []byte("tool_use")) {
		t.Fatalf("%v:\n%s", err, out)
	}
	if _, err := feed(a, nil, strings.NewReader(stored(t, "calls.sse"))); !errors.Is(err, fault) {
		t.Error("it went on:", err)
	}
	if _, err := a.Finish(nil); !errors.Is(err, fault) || a.Complete() {
		t.Error("it ended:", err)
	}
	if err := a.Whole(context.Background(), value(t, `{}`)); !errors.Is(err, fault) {
		t.Error("it went on:", err)
	}
}

func TestAnErrorInTheMiddleIsToldAndEndsTheAnswer(t *testing.T) {
	in := strings.SplitAfter(stored(t, "calls.sse"), "\n\n")
	fails := "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
	a := New().Answer(request(t, `"stream":true`), &bench{}, false)
	out, err := feed(a, nil, strings.NewReader(strings.Join(in[:9], "")+fails))
	if err != nil || !bytes.HasSuffix(out, []byte(fails)) || bytes.Contains(out, []byte("toolu_a")) || a.Complete() {
		t.Fatalf("%v:\n%s", err, out)
	}
	if _, err := accumulated(string(out)); err == nil || !strings.Contains(err.Error(), "Overloaded") {
		t.Error("the vendor's client does not hear of it:", err)
	}
	if _, err := feed(a, nil, strings.NewReader(in[9])); !broken(err) {
		t.Error("it went on:", err)
	}
}

func TestKeepAlivesPassWithoutTheirContent(t *testing.T) {
	in := strings.SplitAfter(stored(t, "calls.sse"), "\n\n")
	out, err := stream(t, "", ": secret\n\n"+in[0]+"id: 7\n\n"+strings.Join(in[1:], ""), &bench{})
	if want := ":\n\n" + in[0] + ":\n\n" + strings.Join(in[1:], ""); err != nil || out != want {
		t.Fatalf("%v:\n%s", err, out)
	}
}

// TestEventsOfOpenBlocksMayMix holds a block behind a call that has no ruling yet.
func TestEventsOfOpenBlocksMayMix(t *testing.T) {
	in := strings.SplitAfter(stored(t, "calls.sse"), "\n\n")
	order := []int{0, 1, 3, 4, 5, 6, 11, 8, 12, 14, 15, 9, 16, 13, 10, 17, 18, 19, 20}
	var mixed strings.Builder
	for _, i := range order {
		mixed.WriteString(in[i])
	}
	var b bench
	out, err := stream(t, "", mixed.String(), &b)
	if err != nil || out != mixed.String() || strings.Join(b.ids(), " ") != "toolu_b toolu_a toolu_c" {
		t.Fatalf("%v, judged %v:\n%s", err, b.ids(), out)
	}
	out, err = stream(t, "", mixed.String(), &bench{hide: []string{"toolu_a"}, refuse: []string{"toolu_b"}})
	m, clientErr := accumulated(out)
	want := "thinking \"Three files.\" signed \"EqQBCgIYAg==\"\ntext \"And ü<b>\"\n" +
		"text \"[Argus refused the call of now: \\\"no\\\". Reference R-toolu_b.]\"\ntool_use toolu_c send {\"to\":\"x@example.com\"}\ntool_use, 25 tokens in, 89 out\n"
	if got := shape(m); err != nil || clientErr != nil || got != want {
		t.Fatalf("%v, %v:\n%s", err, clientErr, got)
	}
}
