package tomlpos

// node is one value of the document with its place.
type node struct {
	line   int
	kind   kind
	leaf   any              // of a scalar
	fields map[string]*node // of a table
	items  []*node          // of a list
	stated bool             // a table with a header, or an inline one: a second header is a mistake
	closed bool             // an inline table or list: nothing may be added to it
	span   Span             // of a text value
}

type kind int

const (
	scalar kind = iota + 1
	table
	list
)

func newTable(line int) *node { return &node{line: line, kind: table, fields: map[string]*node{}} }

// child finds the table that a header or a dotted key passes through: for a list of tables, its last one.
func (n *node) child(key string, line int) (*node, bool) {
	next := n.fields[key]
	if next == nil {
		next = newTable(line)
		n.fields[key] = next
	}
	if next.kind == list && !next.closed && len(next.items) > 0 {
		next = next.items[len(next.items)-1]
	}
	return next, next.kind == table && !next.closed
}

// plain gives the Go value of a node, and records the lines and spans below path.
func (r *reader) plain(n *node, path string, doc *Doc) any {
	if len(path) > maxPath {
		r.problemAt(n.line, "use shorter keys", "the names of the keys around it are longer than %d bytes", maxPath)
		return ""
	}
	doc.lines[path] = n.line
	switch n.kind {
	case table:
		m := make(map[string]any, len(n.fields))
		for key, field := range n.fields {
			m[key] = r.plain(field, Join(path, key), doc)
		}
		return m
	case list:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = r.plain(item, Index(path, i), doc)
		}
		return items
	case scalar:
		if n.span != (Span{}) {
			doc.spans[path] = n.span
		}
	}
	return n.leaf
}
