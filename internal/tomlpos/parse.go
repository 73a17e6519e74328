package tomlpos

import (
	"bytes"
	"errors"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Bounds of a document: its size, the levels of its tables and lists, and the bytes of a key path, since each is kept whole.
const (
	MaxBytes = 1 << 20
	maxDepth = 32
	maxPath  = 256
)

// Doc is a document that was read without a mistake, or as far as the mistakes allowed.
type Doc struct {
	File   string
	Values map[string]any // text, bool, int64, float64, dates of go-toml, []any and map[string]any
	lines  map[string]int
	spans  map[string]Span
}

// Span is a range of bytes of the document.
type Span struct{ Start, End int }

// Where tells the place of a key path, or of the nearest table around it; the whole file for the empty path.
func (d *Doc) Where(path string) Where {
	return Where{d.File, d.lines[path]}
}

// Has tells whether the document holds a key path.
func (d *Doc) Has(path string) bool {
	_, ok := d.lines[path]
	return ok
}

// Places calls visit for each key path of the document, in no order.
func (d *Doc) Places(visit func(path string, at Where)) {
	for path, line := range d.lines {
		visit(path, Where{d.File, line})
	}
}

// Span gives the bytes of a text value, its quotes included.
func (d *Doc) Span(path string) (Span, bool) {
	span, ok := d.spans[path]
	return span, ok
}

// Parse reads a document. It is nil when the bytes are not TOML. With other problems, such as a key set twice, it holds the
// first value of each key, good for finding more mistakes and for nothing else.
func Parse(file string, data []byte) (*Doc, Problems) {
	r := reader{file: file, data: data, root: newTable(0)}
	if len(data) > MaxBytes {
		r.refuse(0, "split it, or remove what is not needed", "is larger than %d bytes", MaxBytes)
	} else if bad := invalidUTF8(data); bad >= 0 {
		r.refuse(1+bytes.Count(data[:bad], []byte{'\n'}), "save it as UTF-8", "holds bytes that are not UTF-8")
	} else {
		r.index()
		r.read()
	}
	if r.broken {
		return nil, r.problems
	}
	doc := &Doc{File: file, lines: map[string]int{}, spans: map[string]Span{}}
	doc.Values, _ = r.plain(r.root, "", doc).(map[string]any)
	if len(r.problems) == 0 {
		r.confirm(doc)
	}
	if r.broken {
		return nil, r.problems
	}
	return doc, r.problems.Sorted()
}

// confirm takes the values from the library's own decoder, whose rules are the standard's: this package's tree serves the
// places and the reports, and a document on which the two disagree is not read at all.
func (r *reader) confirm(doc *Doc) {
	values := map[string]any{}
	if err := toml.Unmarshal(r.data, &values); err != nil {
		r.syntax(err)
		return
	}
	doc.Values = values
}

type reader struct {
	file     string
	data     []byte
	newlines []int
	root     *node
	problems Problems
	broken   bool // not TOML
	parser   unstable.Parser
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

func (r *reader) index() {
	for i, b := range r.data {
		if b == '\n' {
			r.newlines = append(r.newlines, i)
		}
	}
}

// line gives the line of an offset, from 1.
func (r *reader) line(offset int) int {
	return 1 + sort.SearchInts(r.newlines, offset)
}

// refuse reports what makes the whole document unreadable.
func (r *reader) refuse(line int, fix, format string, args ...any) {
	r.broken = true
	r.problemAt(line, fix, format, args...)
}

func (r *reader) problemAt(line int, fix, format string, args ...any) {
	r.problems.Add(Where{r.file, line}, fix, format, args...)
}

// syntax reports an error of the library. Its text names characters and keys, never values.
func (r *reader) syntax(err error) {
	line := 0
	if at, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ = at.Position()
	}
	r.refuse(line, "", "is not TOML: %s", strings.TrimPrefix(err.Error(), "toml: "))
}

// read walks the expressions. A syntax error ends the walk, since nothing behind it has a certain meaning.
func (r *reader) read() {
	r.parser.Reset(slices.Clip(r.data))
	current := r.root
	for r.parser.NextExpression() {
		switch e := r.parser.Expression(); e.Kind {
		case unstable.Table:
			current = r.header(e)
		case unstable.ArrayTable:
			current = r.element(e)
		case unstable.KeyValue:
			r.keyValue(current, e, 0)
		}
	}
	if r.parser.Error() != nil {
		if err := toml.Unmarshal(r.data, &map[string]any{}); err != nil {
			r.syntax(err)
			return
		}
		r.refuse(0, "", "is not TOML")
	}
}
