package wire

import (
	"cmp"
	"slices"
	"strings"

	"argus/internal/ijson"
)

// Edits are changes to the text of one document. What no change names stays byte for byte. The changes may not overlap.
type Edits struct {
	text  string
	base  int
	edits []edit
}

type edit struct {
	from, to int
	with     string
}

// Edit begins to change the text of a document. All values that the methods are given are of it.
func Edit(document ijson.Value) *Edits { return &Edits{text: document.Raw(), base: document.Offset()} }

func (e *Edits) span(v ijson.Value) (from, to int) {
	from = v.Offset() - e.base
	return from, from + len(v.Raw())
}

// Replace puts a text in the place of a value.
func (e *Edits) Replace(v ijson.Value, with string) {
	from, to := e.span(v)
	e.edits = append(e.edits, edit{from, to, with})
}

// Insert puts further items, or members with their names, at the end of an array or object. No call of Keep may have emptied it. Into anything
// else it puts nothing.
func (e *Edits) Insert(into ijson.Value, items ...string) {
	if len(items) == 0 || into.Kind() != ijson.Array && into.Kind() != ijson.Object {
		return
	}
	with := strings.Join(items, ",")
	if into.Len() > 0 {
		with = "," + with
	}
	_, to := e.span(into)
	e.edits = append(e.edits, edit{to - 1, to - 1, with})
}

// Before puts further items of an array before one that it has.
func (e *Edits) Before(item ijson.Value, items ...string) {
	from, _ := e.span(item)
	for _, with := range items {
		e.edits = append(e.edits, edit{from, from, with + ","})
	}
}

// Keep leaves only those items of an array, or members of an object, of which keep is true. Of an item the name is empty.
func (e *Edits) Keep(of ijson.Value, keep func(name string, v ijson.Value) bool) {
	from, to := e.span(of)
	from, to = from+1, to-1
	kept := false // so far
	each := func(name string, v ijson.Value) {
		_, end := e.span(v)
		next := e.comma(end)
		switch {
		case keep(name, v):
			kept = true
		case kept:
			e.edits = append(e.edits, edit{from, end, ""}) // with the comma before it
		case next < to:
			e.edits = append(e.edits, edit{from, next + 1, ""}) // with the comma after it
		default:
			e.edits = append(e.edits, edit{from, to, ""})
		}
		if from = end; !kept {
			from = next + 1
		}
	}
	for _, v := range of.Items() {
		each("", v)
	}
	for name, v := range of.Members() {
		each(name, v)
	}
}

// comma is where a value that ends there is followed by a comma or the bracket that closes its array or object.
func (e *Edits) comma(at int) int {
	return at + len(e.text[at:]) - len(strings.TrimLeft(e.text[at:], " \t\r\n"))
}

// Text is the document's text with all changes.
func (e *Edits) Text() string {
	slices.SortStableFunc(e.edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var b strings.Builder
	at := 0
	for _, x := range e.edits {
		b.WriteString(e.text[at:x.from])
		b.WriteString(x.with)
		at = x.to
	}
	b.WriteString(e.text[at:])
	return b.String()
}
