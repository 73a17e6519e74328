package ijson

import "strings"

// Parse reads one JSON text. The bytes are copied; the caller keeps b. Every
// error is an *Error.
func Parse(b []byte, limits Limits) (Value, error) {
	if fail := oversize(len(b), limits); fail != nil {
		return Value{}, fail
	}
	return ParseString(string(b), limits)
}

// ParseString is Parse without the copy.
func ParseString(s string, limits Limits) (Value, error) {
	if fail := oversize(len(s), limits); fail != nil {
		return Value{}, fail
	}
	d := &document{nodes: make([]node, 0, room(s, limits.Values))}
	return d.parse(s, limits)
}

// oversize refuses by length alone, before anything is read or allocated.
func oversize(length int, limits Limits) error {
	if most := min(limits.Bytes, maxBytes); length > most {
		return &Error{Offset: max(most, 0), Reason: TooLarge}
	}
	return nil
}

// parser fills a document in one pass, with a stack of its own in place of
// recursion.
type parser struct {
	document
	fail    *Error
	pos     int
	left    int // values and names that may still be made
	deepest int
	depth   int
	stack   [MaxDepth]uint32 // nodes of the open arrays and objects
}

// parse reads src into d, which may have memory of a document that nobody reads
// any more.
func (d *document) parse(src string, limits Limits) (Value, error) {
	p := &parser{
		document: document{src: src, nodes: d.nodes[:0], names: d.names[:0], slots: d.slots[:0], age: d.age},
		left:     limits.Values,
		deepest:  min(limits.Depth, MaxDepth),
	}
	if !p.all() {
		return Value{}, p.fail
	}
	*d = p.document
	return Value{doc: d, age: d.age}, nil
}

// room is how many nodes src can need at most, in most cases exactly: each but
// the first follows one of these characters. Strings may hold them too, so
// length bounds it for texts that are mostly prose.
func room(src string, values int) int {
	n := 1
	for _, c := range []string{",", ":", "[", "{"} {
		n += strings.Count(src, c)
	}
	return max(0, min(n, len(src)/3+2, values))
}

func (p *parser) all() bool {
	p.space()
	for {
		if opened := p.value(); opened && p.fail == nil {
			continue
		}
		if p.fail != nil || !p.after() {
			return false
		}
		if p.depth == 0 {
			break
		}
	}
	p.space()
	if p.pos < len(p.src) {
		return p.refuse(Trailing, p.pos)
	}
	return true
}

// value reads a scalar or an empty array or object whole, or opens one, stops
// before its first value and reports that.
func (p *parser) value() (opened bool) {
	if p.pos >= len(p.src) {
		return p.refuse(Truncated, p.pos)
	}
	switch p.src[p.pos] {
	case '{':
		return p.open(Object, '}')
	case '[':
		return p.open(Array, ']')
	case '"':
		p.quoted()
	case 't':
		p.literal("true", Bool)
	case 'f':
		p.literal("false", Bool)
	case 'n':
		p.literal("null", Null)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		p.number()
	default:
		p.refuse(Unexpected, p.pos)
	}
	return false
}

func (p *parser) open(kind Kind, closing byte) (opened bool) {
	if p.depth >= p.deepest {
		return p.refuse(TooDeep, p.pos)
	}
	if !p.push(node{kind: kind, start: uint32(p.pos)}) {
		return false
	}
	p.stack[p.depth] = uint32(len(p.nodes) - 1)
	p.depth++
	p.pos++
	p.space()
	if p.pos < len(p.src) && p.src[p.pos] == closing {
		p.close()
		return false
	}
	return kind == Array || p.name()
}

// after follows a finished value. It closes whatever ends there, and either
// stops before the next value or has left the outermost one.
func (p *parser) after() bool {
	for p.depth > 0 {
		p.space()
		if p.pos >= len(p.src) {
			return p.refuse(Truncated, p.pos)
		}
		top := &p.nodes[p.stack[p.depth-1]]
		top.n++
		switch c := p.src[p.pos]; {
		case c == ',':
			p.pos++
			p.space()
			return top.kind == Array || p.name()
		case c == ']' && top.kind == Array, c == '}' && top.kind == Object:
			if !p.close() {
				return false
			}
		default:
			return p.refuse(Unexpected, p.pos)
		}
	}
	return true
}

// close ends the innermost array or object at its bracket.
func (p *parser) close() bool {
	p.depth--
	p.pos++
	i := p.stack[p.depth]
	top := &p.nodes[i]
	top.end, top.next = uint32(p.pos), uint32(len(p.nodes))
	if top.kind == Object && top.n > 1 {
		if again, ok := p.distinct(i); !ok {
			return p.refuse(DuplicateName, int(p.nodes[again].start))
		}
	}
	return true
}

// name reads a member name and its colon.
func (p *parser) name() bool {
	if p.pos >= len(p.src) {
		return p.refuse(Truncated, p.pos)
	}
	if p.src[p.pos] != '"' {
		return p.refuse(Unexpected, p.pos)
	}
	if !p.quoted() || !p.keepName() {
		return false
	}
	p.space()
	if p.pos >= len(p.src) {
		return p.refuse(Truncated, p.pos)
	}
	if p.src[p.pos] != ':' {
		return p.refuse(Unexpected, p.pos)
	}
	p.pos++
	p.space()
	return true
}

// keepName unescapes the name just read, once, so that comparing it is cheap.
func (p *parser) keepName() bool {
	n := &p.nodes[len(p.nodes)-1]
	if !n.escaped {
		return true
	}
	text := unescape(p.src[n.start+1 : n.end-1])
	if strings.IndexByte(text, 0) >= 0 {
		return p.refuse(NulInName, int(n.start))
	}
	n.n = uint32(len(p.names))
	p.names = append(p.names, text)
	return true
}

func (p *parser) literal(word string, kind Kind) {
	if !strings.HasPrefix(p.src[p.pos:], word) {
		p.refuse(Unexpected, p.pos)
		return
	}
	p.scalar(kind, len(word), false)
}

func (p *parser) number() {
	length, reason := scanNumber(p.src[p.pos:])
	if reason != 0 {
		p.refuse(reason, p.pos)
		return
	}
	p.scalar(Numeric, length, false)
}

func (p *parser) quoted() bool {
	length, escaped, wide, reason := scanString(p.src[p.pos:])
	if reason != 0 {
		return p.refuse(reason, p.pos+length)
	}
	p.wide = p.wide || wide
	return p.scalar(String, length, escaped)
}

// scalar makes the node of a value without children and moves past it.
func (p *parser) scalar(kind Kind, length int, escaped bool) bool {
	start := p.pos
	p.pos += length
	return p.push(node{
		kind: kind, escaped: escaped,
		start: uint32(start), end: uint32(p.pos), next: uint32(len(p.nodes) + 1),
	})
}

func (p *parser) push(n node) bool {
	if p.left <= 0 {
		return p.refuse(TooMany, int(n.start))
	}
	p.left--
	p.nodes = append(p.nodes, n)
	return true
}

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case '\n', '\r':
			p.broken = true
		case ' ', '\t':
		default:
			return
		}
		p.pos++
	}
}

// refuse notes why the text is refused and returns false.
func (p *parser) refuse(reason Reason, offset int) bool {
	p.fail = &Error{Offset: offset, Reason: reason}
	return false
}
