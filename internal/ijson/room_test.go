package ijson

import (
	"slices"
	"testing"
)

// TestRoomReadsTheSame: what a document was before leaves nothing in the next one.
func TestRoomReadsTheSame(t *testing.T) {
	big := `{"n":{` + membersOf(40) + `},"\u0061":"\n",` + "\n" + `"list":[1,[2,[3]]]}`
	texts := []string{big, `{"a":1}`, `[]`, big, `"x"`, `{"\u0062":{"c":[]}}`, `{"a":1,"\u0061":2}`, `{"a":1}`, `{` + membersOf(13) + `}`, big}
	var r Room
	for _, text := range texts {
		want, wantErr := ParseString(text, AtMost(1<<16))
		got, err := r.ParseString(text, AtMost(1<<16))
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("%s: %v instead of %v", text, err, wantErr)
		}
		if err != nil {
			continue
		}
		if got.Raw() != want.Raw() || !slices.Equal(got.doc.nodes, want.doc.nodes) || !slices.Equal(got.doc.names, want.doc.names) || got.doc.broken != want.doc.broken {
			t.Fatalf("%s is read otherwise", text)
		}
		if x, has := got.Member("list"); has && x.Len() != 2 {
			t.Error("a member is another")
		}
		r.Release(got)
	}
	if _, err := r.ParseString("[1,2,3]", Limits{Bytes: 6, Depth: 9, Values: 9}); err == nil {
		t.Error("no bound of bytes")
	}
	if _, err := r.ParseString("[1,2,3]", Limits{Bytes: 9, Depth: 9, Values: 3}); err == nil {
		t.Error("no bound of values")
	}
}

// TestWhatIsNotReleasedStays: a value lasts until its own document is released, and the texts that were got from it for good.
func TestWhatIsNotReleasedStays(t *testing.T) {
	var r Room
	parse := func(text string) Value {
		t.Helper()
		v, err := r.ParseString(text, AtMost(100))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	kept := parse(`{"a":"kept"}`)
	gone := parse(`{"a":"gone"}`)
	member, _ := gone.Member("a")
	text, _ := member.Text()
	r.Release(kept) // which is not the last one
	r.Release(gone)
	r.Release(gone) // a second time, when the next may have its room
	next := parse(`{"a":"next"}`)
	r.Release(gone)
	other := parse(`{"a":"other"}`)
	for v, want := range map[Value]string{kept: `{"a":"kept"}`, next: `{"a":"next"}`, other: `{"a":"other"}`} {
		if v.Raw() != want {
			t.Errorf("%s instead of %s", v.Raw(), want)
		}
	}
	if text != "gone" {
		t.Errorf("the text became %q", text)
	}
	for name, read := range map[string]func(){
		"a kind":    func() { gone.Kind() },
		"a text":    func() { member.Text() },
		"its bytes": func() { member.Raw() },
		"a member":  func() { gone.Member("a") },
		"a line":    func() { AppendLine(nil, gone) },
		"a digest":  func() { Digest(gone) },
		"the place": func() { _ = gone.Offset() },
		"members": func() {
			for range gone.Members() {
			}
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of what was released is read as something else", name)
				}
			}()
			read()
		}()
	}
}
