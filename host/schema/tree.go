package schema

import (
	"encoding/json"
	"strings"

	"argus/internal/ijson"
)

// maxWidth is how many digits a number may take when written out. The library
// computes with exact fractions, and would expand 1e999999.
const maxWidth = 1024

func wide(n ijson.Number) bool {
	if len(n) <= maxWidth && !strings.ContainsAny(string(n), "eE") {
		return false
	}
	return n.Width() > maxWidth
}

// tree turns v into what the library reads, without parsing again: numbers keep
// their exact text. It fails on a number that is too wide.
func tree(v ijson.Value) (any, bool) {
	switch v.Kind() {
	case ijson.Null:
		return nil, true
	case ijson.Bool:
		return v.Bool()
	case ijson.Numeric:
		n, _ := v.Number()
		return json.Number(n), !wide(n)
	case ijson.String:
		return v.Text()
	case ijson.Array:
		return items(v)
	case ijson.Object:
		return members(v)
	case ijson.Invalid:
	}
	return nil, false
}

func items(v ijson.Value) (any, bool) {
	list := make([]any, 0, v.Len())
	for _, item := range v.Items() {
		t, ok := tree(item)
		if !ok {
			return nil, false
		}
		list = append(list, t)
	}
	return list, true
}

func members(v ijson.Value) (any, bool) {
	object := make(map[string]any, v.Len())
	for name, member := range v.Members() {
		t, ok := tree(member)
		if !ok {
			return nil, false
		}
		object[name] = t
	}
	return object, true
}
