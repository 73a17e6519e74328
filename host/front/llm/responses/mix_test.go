package responses

import (
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
)

// eventsOf splits a stream into its events.
func eventsOf(t testing.TB, in string) (all []string) {
	for events := sse.NewReader(strings.NewReader(in), 1<<24); ; {
		e, err := events.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(e.Raw))
	}
}

// TestNoMixOfEventsLetsACallOut leaves events out, doubles and swaps them, and puts in those of attacks: whatever the vendor sends, the client has no
// call but those that were ruled to be forwarded.
func TestNoMixOfEventsLetsACallOut(t *testing.T) {
	good, pool := eventsOf(t, four().end()), eventsOf(t, four().end())
	for _, in := range attacks() {
		pool = append(pool, eventsOf(t, in)...)
	}
	body, finished := parse(t, asking), 0
	rapid.Check(t, func(t *rapid.T) {
		mix := slices.Clone(good)
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			at := rapid.IntRange(1, len(mix)-1).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "change") {
			case 0:
				mix = slices.Delete(mix, at, at+1)
			case 1:
				mix = slices.Insert(mix, at, mix[at])
			case 2:
				other := rapid.IntRange(1, len(mix)-1).Draw(t, "other")
				mix[at], mix[other] = mix[other], mix[at]
			case 3:
				mix = slices.Insert(mix, at, rapid.SampledFrom(pool).Draw(t, "event"))
			}
		}
		refused := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c", "evil"}), rapid.ID).Draw(t, "refused")
		j := refuse(refused...)
		a := New().Answer(wire.Request{Body: body, Stream: true}, j, false)
		out, err := feed(a, nil, strings.NewReader(strings.Join(mix, "")))
		if a.Complete() {
			if out, err = a.Finish(out); err == nil {
				finished++
			}
		}
		for _, name := range calls(t, out) {
			asked := slices.ContainsFunc(j.asked, func(c wire.Call) bool { return c.Tool == name })
			if slices.Contains(refused, name) || !asked {
				t.Fatalf("a call of %s got out (%v)\n%s", name, err, out)
			}
		}
	})
	if finished == 0 {
		t.Error("no mix was a whole answer")
	}
}
