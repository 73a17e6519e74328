package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/source"
)

// scoped is n policies, each for a principal and a tool of its own, two of which meet speedQuestion.
func scoped(n int) []source.File {
	var text strings.Builder
	text.WriteString(`permit (principal in Argus::Principal::"claude", action == Argus::Action::"call", resource == Argus::Tool::"mail/send") when { context.arguments.to == "friend" };` + "\n")
	text.WriteString(`forbid (principal, action == Argus::Action::"call", resource in Argus::Server::"mail") when { context.agent.depth > 5 };` + "\n")
	for i := 2; i < n; i++ {
		fmt.Fprintf(&text, `@id("p%d") permit (principal in Argus::Principal::"p%d", action == Argus::Action::"call", resource == Argus::Tool::"s%d/t%d") when { context.arguments.to == "friend" };`+"\n", i, i, i%100, i)
	}
	return []source.File{{Name: "p.cedar", Content: []byte(text.String())}}
}

func speedQuestion(i int) oracle.Question {
	return call(object("to", "friend", "subject", fmt.Sprintf("no %d", i), "body", strings.Repeat("words ", 100)))
}

func scopedEngine(tb testing.TB, n int) *Engine {
	tb.Helper()
	e, problems := Compile(scoped(n))
	if len(problems) > 0 {
		tb.Fatal(problems[0])
	}
	return e
}

func BenchmarkAsk(b *testing.B) {
	for _, n := range []int{5, 1000, 10_000} {
		e, q := scopedEngine(b, n), speedQuestion(0)
		b.Run(fmt.Sprintf("policies=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !e.Ask(q).Authorized {
					b.Fatal("refused")
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	files := scoped(10_000)
	for b.Loop() {
		if _, problems := Compile(files); len(problems) > 0 {
			b.Fatal(problems[0])
		}
	}
}

// TestTenThousandPoliciesCostAsMuchAsFive interleaves the two, so that what else the machine does falls on both.
func TestTenThousandPoliciesCostAsMuchAsFive(t *testing.T) {
	const rounds, questions = 151, 50
	began := time.Now()
	many := scopedEngine(t, 10_000)
	t.Logf("10,000 policies load in %v", time.Since(began).Round(time.Millisecond))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("loading took %v", took)
	}
	engines := []*Engine{scopedEngine(t, 5), many}
	spent := [2][]time.Duration{}
	for range rounds {
		for i, e := range engines {
			began := time.Now()
			for n := range questions {
				if !e.Ask(speedQuestion(n)).Authorized {
					t.Fatal("refused")
				}
			}
			spent[i] = append(spent[i], time.Since(began)/questions)
		}
	}
	t.Logf("medians: %v with 5 policies, %v with 10,000", median(spent[0]), median(spent[1]))
	if few, all := slices.Min(spent[0]), slices.Min(spent[1]); all > few*3/2 {
		t.Errorf("%v with 5 policies, %v with 10,000: more than half as much again", few, all)
	}
}

func median(list []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(list))[len(list)/2]
}
