package pin

import (
	"bytes"
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"argus/internal/tomlpos"
	"argus/plugin/sdk/registry"
)

// splice replaces a range of bytes.
type splice struct {
	tomlpos.Span
	text string
}

// write makes the new text of a file and holds it to its purpose.
func (p *planner) write(s *source, changes []change, added []registry.PinTool, server string) Edit {
	var splices []splice
	for _, c := range changes {
		if one, ok := p.splice(s, c); ok {
			splices = append(splices, one)
		}
	}
	edit := Edit{Name: s.Name, Before: s.Data, Added: len(added), Changed: len(changes)}
	text := apply(s.Data, splices)
	if s.isNew {
		text = header(server)
	}
	for _, t := range added {
		if len(text) > 0 && text[len(text)-1] != '\n' {
			text = append(text, '\n')
		}
		text = append(text, newEntry(t, p.capabilities)...)
	}
	edit.After = text
	p.verify(s, edit, changes, added, server)
	return edit
}

// splice replaces a digest where it stands, or adds one below the name of an entry that has none.
func (p *planner) splice(s *source, c change) (splice, bool) {
	line := `"` + c.digest + `"`
	if span, ok := s.doc.Span(tomlpos.Join(c.path, "digest")); ok {
		return splice{span, line}, true
	}
	at := s.doc.Where(c.path)
	name, ok := s.doc.Span(tomlpos.Join(c.path, "name"))
	if s.doc.Has(tomlpos.Join(c.path, "digest")) || !ok || !strings.HasPrefix(lineOf(s.Data, at.Line), "[[") {
		p.problems.Add(at, "write the entry as a [[tool]] table with a line for each key", "the entry has no digest that could be replaced")
		return splice{}, false
	}
	end := bytes.IndexByte(s.Data[name.End:], '\n')
	if end < 0 {
		return splice{tomlpos.Span{Start: len(s.Data), End: len(s.Data)}, "\ndigest = " + line + "\n"}, true
	}
	end += name.End + 1
	return splice{tomlpos.Span{Start: end, End: end}, "digest = " + line + "\n"}, true
}

func lineOf(data []byte, line int) string {
	lines := bytes.SplitN(data, []byte{'\n'}, line+1)
	if line < 1 || line > len(lines) {
		return ""
	}
	return strings.TrimSpace(string(lines[line-1]))
}

func apply(data []byte, splices []splice) []byte {
	slices.SortFunc(splices, func(a, b splice) int { return cmp.Compare(a.Start, b.Start) })
	var out []byte
	from := 0
	for _, s := range splices {
		out = append(append(out, data[from:s.Start]...), s.text...)
		from = s.End
	}
	return append(out, data[from:]...)
}

// verify reads the new text and demands that it says what the old one said, but for the digests and the new entries. An edit by
// places that went wrong could otherwise change what a tool may do.
func (p *planner) verify(s *source, edit Edit, changes []change, added []registry.PinTool, server string) {
	at := tomlpos.Where{File: s.Path}
	if s.isNew {
		at.File = s.Name
	}
	doc, problems := tomlpos.Parse(at.File, edit.After)
	if len(problems) > 0 {
		p.problems = append(p.problems, problems...)
		return
	}
	want := map[string]any{"server": server}
	if !s.isNew {
		want = maps.Clone(s.doc.Values)
	}
	before, _ := want["tool"].([]any)
	after, _ := doc.Values["tool"].([]any)
	if len(after) != len(before)+len(added) {
		p.unwritten(at)
		return
	}
	for _, c := range changes {
		if value(doc.Values, c.path, "digest") != c.digest {
			p.unwritten(at)
		}
	}
	for i, t := range added {
		entry, _ := after[len(before)+i].(map[string]any)
		if entry["name"] != t.Name || entry["digest"] != t.Digest {
			p.unwritten(at)
		}
	}
	doc.Values["tool"], want["tool"] = withoutDigests(after[:len(before)]), withoutDigests(before)
	if !reflect.DeepEqual(doc.Values, want) {
		p.unwritten(at)
	}
}

func (p *planner) unwritten(at tomlpos.Where) {
	p.problems.Add(at, "write the digests by hand, or write each entry as a [[tool]] table", "the file could not be edited safely")
}

func withoutDigests(tools []any) []any {
	out := make([]any, 0, len(tools))
	for _, tool := range tools {
		if entry, ok := tool.(map[string]any); ok {
			entry = maps.Clone(entry)
			delete(entry, "digest")
			tool = entry
		}
		out = append(out, tool)
	}
	return out
}

// value gives the text of a key of the entry at tool[i].
func value(values map[string]any, path, key string) string {
	tools, _ := values["tool"].([]any)
	for i, tool := range tools {
		if tomlpos.Index("tool", i) == path {
			entry, _ := tool.(map[string]any)
			text, _ := entry[key].(string)
			return text
		}
	}
	return ""
}
