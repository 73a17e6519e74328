package sse

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"argus/internal/ijson"
)

// read reads all events of a stream, and the error that ended it.
func read(r io.Reader, most int) (events []Event, err error) {
	for in := NewReader(r, most); ; {
		e, err := in.Next()
		if err != nil {
			return events, err
		}
		events = append(events, Event{Raw: bytes.Clone(e.Raw), Name: e.Name, Data: bytes.Clone(e.Data)})
	}
}

func TestEventsAreReadByTheStandard(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		events       []Event
	}{
		{"one line", "data: a\n\n", []Event{{Data: []byte("a")}}},
		{"no space", "data:a\n\n", []Event{{Data: []byte("a")}}},
		{"only one space is cut", "data:  a\n\n", []Event{{Data: []byte(" a")}}},
		{"lines are joined", "data: a\ndata: b\n\n", []Event{{Data: []byte("a\nb")}}},
		{"a name", "event: ping\ndata: {}\n\n", []Event{{Name: "ping", Data: []byte("{}")}}},
		{"the last name counts", "event: a\nevent: b\ndata: x\n\n", []Event{{Name: "b", Data: []byte("x")}}},
		{"a comment is no event", ": keep-alive\n\n", []Event{{}}},
		{"empty data is an event", "data\n\n", []Event{{Data: []byte{}}}},
		{"carriage returns", "data: a\r\n\r\ndata: b\r\r", []Event{{Data: []byte("a")}, {Data: []byte("b")}}},
		{"a byte order mark", "\ufeffdata: a\n\n", []Event{{Data: []byte("a")}}},
		{"unknown fields", "id: 4\nretry: 10\ndata: a\nother\n\n", []Event{{Data: []byte("a")}}},
	} {
		events, err := read(strings.NewReader(c.stream), 1000)
		if err != io.EOF || len(events) != len(c.events) {
			t.Errorf("%s: %d events, %v", c.name, len(events), err)
			continue
		}
		var raw []byte
		for i, e := range events {
			raw = append(raw, e.Raw...)
			if e.Name != c.events[i].Name || (e.Data == nil) != (c.events[i].Data == nil) || !bytes.Equal(e.Data, c.events[i].Data) {
				t.Errorf("%s: event %d is %q %q", c.name, i, e.Name, e.Data)
			}
		}
		if string(raw) != c.stream {
			t.Errorf("%s: the bytes are %q", c.name, raw)
		}
	}
}

// halves gives a stream in two reads.
func halves(stream string, at int) io.Reader {
	return io.MultiReader(strings.NewReader(stream[:at]), strings.NewReader(stream[at:]))
}

func TestWhereTheBytesAreCutChangesNothing(t *testing.T) {
	const stream = "event: a\r\ndata: 1\r\n\r\n: c\n\ndata: 2\rdata: 3\r\rdata\n\n"
	whole, _ := read(strings.NewReader(stream), 1000)
	cuts := []io.Reader{iotest.OneByteReader(strings.NewReader(stream))}
	for at := range stream {
		cuts = append(cuts, halves(stream, at))
	}
	for i, cut := range cuts {
		events, err := read(cut, 1000)
		if err != io.EOF || len(events) != len(whole) {
			t.Fatalf("cut %d: %d events, %v", i, len(events), err)
		}
		for k := range events {
			if !bytes.Equal(events[k].Raw, whole[k].Raw) || !bytes.Equal(events[k].Data, whole[k].Data) || events[k].Name != whole[k].Name {
				t.Errorf("cut %d: event %d is %q", i, k, events[k].Raw)
			}
		}
	}
}

func TestAnEventIsBounded(t *testing.T) {
	fits := "data: " + strings.Repeat("x", 100-len("data: \n\n")) + "\n\n"
	if events, err := read(strings.NewReader(fits), 100); len(events) != 1 || err != io.EOF {
		t.Errorf("an event that fits: %d, %v", len(events), err)
	}
	for name, stream := range map[string]string{
		"one line": "data: " + strings.Repeat("x", 1000) + "\n\n", "many lines": strings.Repeat("data: x\n", 200) + "\n", "no end": strings.Repeat("x", 1000),
	} {
		_, err := read(strings.NewReader(stream), 100)
		if long := (TooLong{}); !errors.As(err, &long) || long.Most != 100 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStreamThatEndsInTheMiddleIsCut(t *testing.T) {
	for _, stream := range []string{"data: a", "data: a\n", "data: a\r", "event: a\ndata: b\r\n"} {
		if events, err := read(strings.NewReader(stream), 100); len(events) != 0 || !errors.Is(err, ErrCut) {
			t.Errorf("%q: %d events, %v", stream, len(events), err)
		}
	}
}

func TestAnAppendedEventIsReadAgain(t *testing.T) {
	stream := Append(Append(nil, "", "{\n\"a\":\r\n1}"), "n", "{}")
	events, err := read(bytes.NewReader(stream), 1000)
	if err != io.EOF || len(events) != 2 || string(events[0].Data) != `{ "a":  1}` || events[1].Name != "n" || string(events[1].Data) != "{}" {
		t.Errorf("%q, %v", stream, err)
	}
}

// TestNoReaderFindsALineWithinAnEvent has a text try to be an event of its own for readers that end lines where Unicode does.
func TestNoReaderFindsALineWithinAnEvent(t *testing.T) {
	for _, end := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
		text := `{"a":"x\\` + end + end + `data: {}` + end + `"}`
		if end < " " { // no JSON has it in a string
			text = `{"a":` + end + `"x"}`
		}
		out := string(Append(nil, "", text))
		if strings.Contains(strings.TrimSuffix(out, "\n\n"), end) {
			t.Errorf("%q stands in %q", end, out)
		}
		var before, after any
		if err := json.Unmarshal([]byte(text), &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(strings.TrimPrefix(out, "data: ")), &after); err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%q became %q, %v", text, out, err)
		}
	}
	for _, text := range []string{`{"a":"x"}`, "{\"a\":\n\"x\",\"b\":\" \"}", `[""]`, "[\r\n]", `["ü"]`} {
		v, err := ijson.ParseString(text, ijson.AtMost(100))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := AppendValue(nil, "n", v), Append(nil, "n", text); !bytes.Equal(got, want) {
			t.Errorf("%q and not %q", got, want)
		}
	}
	if typical := `{"a":"“ü” – 💧"}`; OneLine(typical) != typical {
		t.Error("a text without line ends was changed")
	}
}

func FuzzReader(f *testing.F) {
	f.Add("data: a\r\n\r\n: c\n\n", uint8(3))
	f.Fuzz(func(t *testing.T, stream string, at uint8) {
		whole, wholeErr := read(strings.NewReader(stream), 64)
		cut, cutErr := read(halves(stream, min(int(at), len(stream))), 64)
		if len(whole) != len(cut) || wholeErr.Error() != cutErr.Error() {
			t.Fatalf("%d events and %v, cut %d and %v", len(whole), wholeErr, len(cut), cutErr)
		}
	})
}

func TestOnlyAWholeEventIsBuffered(t *testing.T) {
	for _, end := range []string{"\n", "\r\n"} {
		event := "data: a" + end + end
		for at := range event {
			in := NewReader(strings.NewReader(event+event[:at]), 1000)
			if _, err := in.Next(); err != nil {
				t.Fatal(err)
			}
			if in.Buffered() {
				t.Errorf("%q is a whole event", event[:at])
			}
		}
		in := NewReader(strings.NewReader(event+event), 1000)
		if _, err := in.Next(); err != nil {
			t.Fatal(err)
		}
		if !in.Buffered() {
			t.Errorf("%q is no whole event", event)
		}
	}
}
