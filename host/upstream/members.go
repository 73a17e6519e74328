package upstream

import (
	"slices"

	"argus/internal/ijson"
)

// copyOf is the object v with the members that keep admits, without the text around it: a value keeps all of that in memory, and a frame
// can be a thousand times the notice in it.
func copyOf(v ijson.Value, keep func(name string) bool) ijson.Value {
	text := make([]byte, 0, len(v.Raw()))
	text = append(text, '{')
	for name, member := range v.Members() {
		if !keep(name) {
			continue
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(ijson.AppendString(text, name), ':')
		text = ijson.AppendLine(text, member)
	}
	copied, err := ijson.Parse(append(text, '}'), ijson.AtMost(len(text)+1))
	if err != nil {
		panic(err) // it was read once already
	}
	return copied
}

// pick is a copy of v with these members only.
func pick(v ijson.Value, names ...string) ijson.Value {
	return copyOf(v, func(name string) bool { return slices.Contains(names, name) })
}

// shaped reports whether v has a member of this kind.
func shaped(v ijson.Value, name string, kind ijson.Kind) bool {
	member, _ := v.Member(name)
	return member.Kind() == kind
}

// mayBe is shaped, of a member that may be left out.
func mayBe(v ijson.Value, name string, kind ijson.Kind) bool {
	member, told := v.Member(name)
	return !told || member.Kind() == kind
}
