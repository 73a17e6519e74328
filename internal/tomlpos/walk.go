package tomlpos

import (
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// keys are the parts of a dotted key with the line of the first.
func (r *reader) keys(e *unstable.Node) (parts []string, line int) {
	for it := e.Key(); it.Next(); {
		if len(parts) == 0 {
			line = r.line(int(it.Node().Raw.Offset))
		}
		parts = append(parts, string(it.Node().Data))
	}
	return parts, line
}

// descend walks all parts but the last. Where it cannot, it reports the mistake and answers with a table that hangs nowhere,
// so that what follows is still checked for itself.
func (r *reader) descend(from *node, parts []string, line int) *node {
	if len(parts) > maxDepth {
		r.problemAt(line, "use shorter keys", "nests deeper than %d tables", maxDepth)
		return newTable(line)
	}
	for _, part := range parts[:len(parts)-1] {
		next, ok := from.child(part, line)
		if !ok {
			r.problemAt(line, "rename one of the two", "%s is already set at line %d", Quote(part), next.line)
			return newTable(line)
		}
		from = next
	}
	return from
}

// header opens the table of [a.b].
func (r *reader) header(e *unstable.Node) *node {
	parts, line := r.keys(e)
	parent, last := r.descend(r.root, parts, line), parts[len(parts)-1]
	existing := parent.fields[last]
	if existing == nil {
		existing = newTable(line)
		parent.fields[last] = existing
	} else if existing.stated || existing.kind != table {
		r.twice(parts, line, existing)
		if existing.kind != table || existing.closed {
			return newTable(line)
		}
	}
	if !existing.stated {
		existing.stated, existing.line = true, line
	}
	return existing
}

// element opens the next table of [[a.b]].
func (r *reader) element(e *unstable.Node) *node {
	parts, line := r.keys(e)
	parent, last := r.descend(r.root, parts, line), parts[len(parts)-1]
	existing := parent.fields[last]
	if existing == nil {
		existing = &node{line: line, kind: list}
		parent.fields[last] = existing
	}
	item := newTable(line)
	item.stated = true
	if existing.kind != list || existing.closed {
		r.twice(parts, line, existing)
		return item
	}
	existing.items = append(existing.items, item)
	return item
}

func (r *reader) twice(parts []string, line int, existing *node) {
	r.problemAt(line, "keep one of the two", "%s is already set at line %d", Quote(strings.Join(parts, ".")), existing.line)
}

func (r *reader) keyValue(in *node, e *unstable.Node, depth int) {
	parts, line := r.keys(e)
	parent, last := r.descend(in, parts, line), parts[len(parts)-1]
	value := r.value(e.Value(), line, depth)
	if existing := parent.fields[last]; existing != nil {
		r.twice(parts, line, existing)
		return
	}
	parent.fields[last] = value
}

func (r *reader) value(e *unstable.Node, line, depth int) *node {
	if e.Raw.Length > 0 {
		line = r.line(int(e.Raw.Offset))
	}
	if depth > maxDepth {
		r.problemAt(line, "use fewer levels", "nests deeper than %d lists and tables", maxDepth)
		return newTable(line)
	}
	switch e.Kind {
	case unstable.InlineTable:
		return r.inline(e, line, depth)
	case unstable.Array:
		return r.array(e, line, depth)
	case unstable.String:
		span := Span{int(e.Raw.Offset), int(e.Raw.Offset + e.Raw.Length)}
		return &node{line: line, kind: scalar, leaf: string(e.Data), span: span}
	case unstable.Bool:
		return &node{line: line, kind: scalar, leaf: len(e.Data) > 0 && e.Data[0] == 't'}
	}
	return &node{line: line, kind: scalar, leaf: r.scalar(e, line)}
}

func (r *reader) inline(e *unstable.Node, line, depth int) *node {
	n := newTable(line)
	for it := e.Children(); it.Next(); {
		if it.Node().Kind == unstable.KeyValue {
			r.keyValue(n, it.Node(), depth+1)
		}
	}
	n.stated, n.closed = true, true
	return n
}

func (r *reader) array(e *unstable.Node, line, depth int) *node {
	n := &node{line: line, kind: list, closed: true}
	for it := e.Children(); it.Next(); {
		if it.Node().Kind != unstable.Comment {
			n.items = append(n.items, r.value(it.Node(), line, depth+1))
		}
	}
	return n
}

// scalar has the library decode a number or a date, whose spellings are many.
func (r *reader) scalar(e *unstable.Node, line int) any {
	var one struct{ V any }
	if err := toml.Unmarshal(append([]byte("V = "), e.Data...), &one); err != nil {
		r.refuse(line, "", "is not TOML: %s", strings.TrimPrefix(err.Error(), "toml: "))
		return nil
	}
	return one.V
}
