package llm

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
	"argus/kernel"
)

// TestForgottenFlightIsNoFlight: after its time a call is not open any more, for whoever sends its result or calls by its id.
func TestForgottenFlightIsNoFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast()
		if !p.open("call_1", flight{id: 1, until: time.Now().Add(time.Minute)}) || p.open("call_1", flight{id: 2}) {
			t.Fatal("an open call was replaced")
		}
		time.Sleep(59 * time.Second)
		if _, open := p.pending(); !open {
			t.Error("it is closed too early")
		}
		time.Sleep(time.Second)
		if _, open := p.pending(); open {
			t.Error("it is open after its time")
		}
		if _, open := p.land("call_1"); open {
			t.Error("it can be settled after its time")
		}
	})
}

// TestWhatIsKeptOfAgentsIsBounded: no agent can fill the memory, and what gives way is the oldest.
func TestWhatIsKeptOfAgentsIsBounded(t *testing.T) {
	m := newMemory()
	first := m.of("0")
	for i := range maxAgents + 1 {
		m.of(kernel.AgentID(fmt.Sprint(i + 1)))
	}
	if m.agents.Len() != maxAgents || m.of("0") == first {
		t.Errorf("%d agents are kept", m.agents.Len())
	}
	p := newPast()
	nth := func(i int) digest { return digest{byte(i), byte(i >> 8), byte(i >> 16)} }
	for i := range maxSeen + 100 {
		p.see(nth(i))
	}
	if p.seen.Len() != maxSeen || p.has(nth(0)) || !p.has(nth(maxSeen)) {
		t.Errorf("%d items are kept", p.seen.Len())
	}
	for i := range maxHidden + 10 {
		p.hide("/p", []wire.Hidden{{Call: wire.Call{ID: fmt.Sprint(i)}}})
	}
	if got := p.unseen("/p"); len(got) != maxHidden || got[0].Call.ID != "10" {
		t.Errorf("%d hidden calls are kept", len(got))
	}
	p.hide("/p", []wire.Hidden{{Result: strings.Repeat("x", maxKept-1)}, {Result: "xx", Call: wire.Call{ID: "last"}}})
	if got := p.unseen("/p"); len(got) != 1 || got[0].Call.ID != "last" || p.kept != 2 {
		t.Errorf("%d hidden calls of %d bytes are kept", len(got), p.kept)
	}
}

// TestItemIsRecognisedAsTheSameThingOnly: what was said by one is not what was said by another.
func TestItemIsRecognisedAsTheSameThingOnly(t *testing.T) {
	text := func(s string) ijson.Value {
		v, err := ijson.ParseString(s, ijson.AtMost(100))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	one := wire.Item{Origin: wire.Client, Raw: text(`"a"`)}
	if digestOf(one) != digestOf(wire.Item{Origin: wire.Client, Raw: text(` "a" `)}) {
		t.Error("the same is not recognised")
	}
	for _, other := range []wire.Item{
		{Origin: wire.Unknown, Raw: text(`"a"`)}, {Origin: wire.Result, Raw: text(`"a"`)}, {Origin: wire.Client, Raw: text(`"b"`)},
		{Origin: wire.Client, Raw: text(`"a"`), Call: "c"}, {Origin: wire.Client, Raw: text(`"a"`), Tool: "c"}, {Origin: wire.Client, Raw: text(`"a"`), ID: "c"},
	} {
		if digestOf(one) == digestOf(other) {
			t.Errorf("%+v was taken for another", other)
		}
	}
}

// TestNothingIsKeptOfWhatAStringIsPartOf: an id is a part of a whole answer, which must not stay for it.
func TestNothingIsKeptOfWhatAStringIsPartOf(t *testing.T) {
	whole := strings.Repeat("x", 1000)
	part := func(s string) bool {
		at, from := uintptr(unsafe.Pointer(unsafe.StringData(s))), uintptr(unsafe.Pointer(unsafe.StringData(whole)))
		return at >= from && at < from+uintptr(len(whole))
	}
	if !part(whole[1:9]) {
		t.Fatal("a part is not recognised")
	}
	p := newPast()
	p.open(whole[1:9], flight{until: time.Now().Add(time.Hour)})
	p.allow(whole[1:9], kernel.Clean())
	p.answered(whole[1:9], whole[2:9])
	p.answered(whole[1:9]+"y", whole[:maxID+1])
	p.hide("/p", []wire.Hidden{{
		Call:   wire.Call{ID: whole[1:9], Tool: whole[1:9], Arguments: whole[1:9], Raw: whole[1:9]},
		Result: whole[1:9], Said: whole[1:9], Beside: whole[1:9], Answer: whole[1:9],
	}})
	h := p.unseen("/p")[0]
	kept := []string{h.Call.ID, h.Call.Tool, h.Call.Arguments, h.Call.Raw, h.Result, h.Said, h.Beside, h.Answer}
	kept = append(append(append(kept, p.flights.Keys()...), p.labels.Keys()...), p.hosted.Keys()...)
	kept = append(append(kept, p.answers.Keys()...), p.answers.Values()...)
	if len(kept) != 13 {
		t.Errorf("%d strings are kept", len(kept))
	}
	for i, s := range kept {
		if part(s) {
			t.Errorf("string %d is a part", i)
		}
	}
}
