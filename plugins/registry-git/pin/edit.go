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
func (p *planner) write(s *source, changes []change, added registry.PinRequest) Edit {
	var splices []splice
	for _, c := range changes {
		if one, ok := p.splice(s, c); ok {
			splices = append(splices, one)
		}
	}
	edit := Edit{Name: s.Name, Before: s.Data, Added: len(added.Tools), Changed: len(changes)}
	text := apply(s.Data, splices)
	if s.isNew {
		text = header(added.Server)
	}
	entries := newEntries(added.Tools, p.capabilities)
	if added.Instructions != "" {
		edit.Added++
		entries += newInstructions(added.Instructions)
	}
	if entries != "" && len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	edit.After = append(text, entries...)
	p.verify(s, edit, changes, added)
	return edit
}

// splice replaces a digest where it stands, or adds one to an entry that has none.
func (p *planner) splice(s *source, c change) (splice, bool) {
	line := `"` + c.digest + `"`
	if span, ok := s.doc.Span(tomlpos.Join(c.path, "digest")); ok {
		return splice{span, line}, true
	}
	above, ok := above(s, c.path)
	if s.doc.Has(tomlpos.Join(c.path, "digest")) || !ok {
		p.problems.Add(s.doc.Where(c.path), "write the entry as a [[tool]] or [channels.instructions] table with a line for each key",
			"the entry has no digest that could be replaced")
		return splice{}, false
	}
	end := bytes.IndexByte(s.Data[above:], '\n')
	if end < 0 {
		return splice{tomlpos.Span{Start: len(s.Data), End: len(s.Data)}, "\ndigest = " + line + "\n"}, true
	}
	end += above + 1
	return splice{tomlpos.Span{Start: end, End: end}, "digest = " + line + "\n"}, true
}

// above is a place on the line below which an entry can take a line for its digest: the name of a tool, the header of instructions.
func above(s *source, path string) (at int, ok bool) {
	start, header := lineOf(s.Data, s.doc.Where(path).Line)
	if path == instructionsPath {
		return start, strings.HasPrefix(header, "["+instructionsPath+"]")
	}
	name, ok := s.doc.Span(tomlpos.Join(path, "name"))
	return name.End, ok && strings.HasPrefix(header, "[[")
}

// lineOf is where a line starts, and its text.
func lineOf(data []byte, line int) (start int, text string) {
	for l := range bytes.Lines(data) {
		if line--; line == 0 {
			return start, string(bytes.TrimSpace(l))
		}
		start += len(l)
	}
	return len(data), ""
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
func (p *planner) verify(s *source, edit Edit, changes []change, added registry.PinRequest) {
	at := tomlpos.Where{File: s.Path}
	if s.isNew {
		at.File = s.Name
	}
	doc, problems := tomlpos.Parse(at.File, edit.After)
	if len(problems) > 0 {
		p.problems = append(p.problems, problems...)
		return
	}
	want := map[string]any{"server": added.Server}
	if !s.isNew {
		want = maps.Clone(s.doc.Values)
	}
	before, _ := want["tool"].([]any)
	after, _ := doc.Values["tool"].([]any)
	if len(after) != len(before)+len(added.Tools) {
		p.unwritten(at)
		return
	}
	text := added.Instructions
	for _, c := range changes {
		if digestAt(doc.Values, c.path) != c.digest {
			p.unwritten(at)
		}
		if c.path == instructionsPath {
			text = c.digest
		}
	}
	for i, t := range added.Tools {
		entry, _ := after[len(before)+i].(map[string]any)
		if entry["name"] != t.Name || entry["digest"] != t.Digest {
			p.unwritten(at)
		}
	}
	doc.Values["tool"], want["tool"] = withoutDigests(after[:len(before)]), withoutDigests(before)
	if text != "" {
		want["channels"] = withInstructions(want["channels"], text)
	}
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

// withInstructions is the table of channels as it is to be.
func withInstructions(channels any, digest string) map[string]any {
	out := map[string]any{}
	if before, ok := channels.(map[string]any); ok {
		out = maps.Clone(before)
	}
	entry := map[string]any{}
	if before, ok := out["instructions"].(map[string]any); ok {
		entry = maps.Clone(before)
	}
	entry["digest"], out["instructions"] = digest, entry
	return out
}

// digestAt gives the digest of the entry at tool[i] or of that of instructions.
func digestAt(values map[string]any, path string) string {
	channels, _ := values["channels"].(map[string]any)
	entry := channels["instructions"]
	if path != instructionsPath {
		tools, _ := values["tool"].([]any)
		entry = nil
		for i, tool := range tools {
			if tomlpos.Index("tool", i) == path {
				entry = tool
			}
		}
	}
	table, _ := entry.(map[string]any)
	text, _ := table["digest"].(string)
	return text
}
