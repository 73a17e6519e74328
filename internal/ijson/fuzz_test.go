package ijson

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// plainTree turns v into what encoding/json makes with UseNumber.
func plainTree(v Value) any {
	switch v.Kind() {
	case Bool:
		b, _ := v.Bool()
		return b
	case Numeric:
		n, _ := v.Number()
		return json.Number(n)
	case String:
		s, _ := v.Text()
		return s
	case Array:
		items := []any{}
		for _, item := range v.Items() {
			items = append(items, plainTree(item))
		}
		return items
	case Object:
		members := map[string]any{}
		for name, member := range v.Members() {
			members[name] = plainTree(member)
		}
		return members
	}
	return nil
}

// FuzzParse holds the parser to a second opinion: what is accepted here
// encoding/json accepts, with the same value.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,2.50,-0,1e5,"x\u00e9\ud83d\ude00"],"b":{"c":null,"d":[true,false]}}`, `[]`, `"\ud800"`, `{"a":1,"\u0061":2}`,
		`1e999999999`, `9007199254740993`, "{\n\"a\":\r\n[ ]\t}", "\"\xff\"", "\"\uffff\"", `{"😀":1,"ﬀ":2}`, `{` + membersOf(20) + `}`,
		strings.Repeat("[", 129), `0.1000000000000000055511151231257827`, ` 1 `, `{"":{}}`, `"\u0000"`, `-`, `[1,]`,
	} {
		f.Add([]byte(text))
	}
	var used Room // which holds what was read before
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Parse(text, AtMost(1<<16))
		reused, reusedErr := used.ParseString(string(text), AtMost(1<<16))
		if !reflect.DeepEqual(err, reusedErr) {
			t.Fatalf("%v, and in a room that was used %v", err, reusedErr)
		}
		if err == nil && (!slices.Equal(v.doc.nodes, reused.doc.nodes) || !slices.Equal(v.doc.names, reused.doc.names) || v.doc.broken != reused.doc.broken) {
			t.Fatal("a room that was used has another tree")
		}
		found(t, reused)
		used.Release(reused)
		if err != nil {
			fail, ok := errors.AsType[*Error](err)
			if !ok || fail.Reason == 0 || fail.Offset < 0 || fail.Offset > len(text) {
				t.Fatalf("refused with %#v", err)
			}
			return
		}
		if v.OnOneLine() && strings.ContainsAny(v.Raw(), "\n\r\u0085\u2028\u2029") {
			t.Fatal("it is said to be on one line and is not")
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var second any
		if err := decoder.Decode(&second); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if !reflect.DeepEqual(plainTree(v), second) {
			t.Fatal("encoding/json reads another value")
		}
		sameAfter(t, v, AppendCanonical(nil, v), "canonical encoding")
		sameAfter(t, v, AppendLine(nil, v), "line")
		once := AppendCanonical(nil, v)
		again, _ := Parse(once, AtMost(1<<20))
		if twice := AppendCanonical(nil, again); !bytes.Equal(once, twice) {
			t.Fatalf("canonical of canonical differs:\n%s\n%s", once, twice)
		}
	})
}

// found holds every object to its members: each is found by its name, so that none of them is there twice, and no other is.
func found(t *testing.T, v Value) {
	t.Helper()
	for _, item := range v.Items() {
		found(t, item)
	}
	for name, member := range v.Members() {
		if m, ok := v.Member(name); !ok || m != member {
			t.Fatalf("the member %q is found as another", name)
		}
		found(t, member)
	}
	if m, ok := v.Member("absent \x00"); ok || m != (Value{}) {
		t.Fatal("a member that no object can have is found")
	}
}

func sameAfter(t *testing.T, v Value, text []byte, what string) {
	t.Helper()
	again, err := Parse(text, AtMost(1<<20))
	if err != nil {
		t.Fatalf("%s does not parse: %v", what, err)
	}
	if !equal(v, again) || !equal(again, v) || Digest(v) != Digest(again) {
		t.Fatalf("%s has another value", what)
	}
	if bytes.ContainsAny(text, "\r\n") {
		t.Fatalf("%s has a line end", what)
	}
}
