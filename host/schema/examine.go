package schema

import (
	"net/url"
	"strconv"
	"strings"

	"argus/internal/ijson"
)

// What one schema may hold.
const (
	maxBytes      = 256 << 10
	maxSubschemas = 2048
	maxCompound   = 256 // arrays and objects in one enum: the library compares them pairwise
	maxDigits     = 18  // of a count: the library reads it as a machine integer
)

// examination walks a schema by position, before the library sees it. It makes
// the copy that the library gets, and knows every place where a schema is.
type examination struct {
	subschemas int
	places     map[string]bool // exact JSON pointers of the schemas
	names      map[string]bool // every member name that the schema knows
	refs       []ref
	fail       *CompileError
}

// ref is a reference, to be resolved when all places are known.
type ref struct {
	from    ijson.Place
	keyword string
	target  string
}

// examine returns the copy of raw for the library.
func examine(raw ijson.Value) (any, *examination) {
	e := &examination{places: map[string]bool{}, names: map[string]bool{}}
	if len(raw.Raw()) > maxBytes {
		e.refuse("", "", "is longer than 256 KiB")
		return nil, e
	}
	doc := e.schema(raw, "", "")
	for _, r := range e.refs {
		e.resolve(r)
	}
	return doc, e
}

func (e *examination) refuse(at ijson.Place, keyword, reason string) {
	if e.fail == nil {
		e.fail = &CompileError{at, keyword, reason}
	}
}

func (e *examination) schema(v ijson.Value, pointer string, at ijson.Place) any {
	e.subschemas++
	if e.subschemas > maxSubschemas {
		e.refuse(at, "", "has more than 2,048 schemas in all")
	}
	if e.fail != nil {
		return nil
	}
	e.places[pointer] = true
	switch v.Kind() {
	case ijson.Bool:
		b, _ := v.Bool()
		return b
	case ijson.Object:
		return e.object(v, pointer, at)
	default:
		e.refuse(at, "", "is neither an object nor a boolean")
		return nil
	}
}

func (e *examination) object(v ijson.Value, pointer string, at ijson.Place) any {
	out := make(map[string]any, v.Len())
	for keyword, value := range v.Members() {
		kind, known := keywords[keyword]
		if !known {
			continue
		}
		if made := e.keyword(kind, keyword, value, pointer, at); made != nil {
			out[keyword] = *made
		}
		if e.fail != nil {
			return nil
		}
	}
	return out
}

// keyword returns the copy of one keyword's value, or nil to leave it out.
func (e *examination) keyword(kind holds, keyword string, v ijson.Value, pointer string, at ijson.Place) *any {
	var made any
	inside, below := pointer+"/"+escape(keyword), at.Member(keyword)
	switch k := v.Kind(); {
	case kind == schema, kind == either && k != ijson.Array:
		made = e.schema(v, inside, below)
	case (kind == schemas || kind == either) && k == ijson.Array:
		made = e.list(v, inside, below)
	case (kind == named || kind == patterns || kind == dependent) && k == ijson.Object:
		made = e.members(kind, keyword, v, inside, at)
	case kind == identity:
		return e.identity(v, pointer, at)
	case kind == dialect:
		return e.dialect(v, pointer, at)
	default:
		e.check(kind, keyword, v, at)
		made = e.data(keyword, v, at)
	}
	return &made
}

func (e *examination) list(v ijson.Value, pointer string, at ijson.Place) any {
	made := make([]any, 0, v.Len())
	for i, item := range v.Items() {
		made = append(made, e.schema(item, pointer+"/"+strconv.Itoa(i), at.Item(i)))
	}
	return made
}

func (e *examination) members(kind holds, keyword string, v ijson.Value, pointer string, at ijson.Place) any {
	made := make(map[string]any, v.Len())
	for name, value := range v.Members() {
		if kind == patterns {
			e.pattern(keyword, name, at)
		} else {
			e.names[name] = true
		}
		if kind == dependent && value.Kind() == ijson.Array {
			made[name] = e.data(keyword, value, at)
			continue
		}
		made[name] = e.schema(value, pointer+"/"+escape(name), at.Member(keyword).Member(name))
	}
	return made
}

// identity drops the root's "$id", so that references cannot take the long way
// round through it, keeps a draft-07 anchor, and refuses a document within the
// document.
func (e *examination) identity(v ijson.Value, pointer string, at ijson.Place) *any {
	id, _ := v.Text()
	switch {
	case strings.HasPrefix(id, "#"):
		var made any = id
		return &made
	case pointer != "":
		e.refuse(at, "$id", "opens a second document inside the first; move its schemas into $defs of the first")
	}
	return nil
}

func (e *examination) dialect(v ijson.Value, pointer string, at ijson.Place) *any {
	uri, _ := v.Text()
	if !knownDialect(uri) {
		e.refuse(at, "$schema", "names a dialect other than draft-07, 2019-09 and 2020-12")
	}
	if pointer != "" {
		return nil
	}
	var made any = uri
	return &made
}

// check refuses what the library would take wrongly or at length.
func (e *examination) check(kind holds, keyword string, v ijson.Value, at ijson.Place) {
	switch kind {
	case reference:
		target, ok := v.Text()
		if !ok || !strings.HasPrefix(target, "#") {
			e.refuse(at, keyword, "points outside its own document, and nothing is loaded; use a reference that begins with #")
			return
		}
		e.refs = append(e.refs, ref{at, keyword, target})
	case pattern:
		if text, ok := v.Text(); ok {
			e.pattern(keyword, text, at)
		}
	case count:
		if n, ok := v.Number(); ok && n.Width() > maxDigits {
			e.refuse(at, keyword, "has more than 18 digits")
		}
	case values:
		compound := 0
		for _, item := range v.Items() {
			if item.Kind() >= ijson.Array {
				compound++
			}
		}
		if compound > maxCompound {
			e.refuse(at, keyword, "has more than 256 arrays and objects")
		}
	case data, schema, schemas, named, patterns, either, dependent, identity, dialect:
	}
}

func (e *examination) pattern(keyword, text string, at ijson.Place) {
	if _, ok := programSize(text); !ok {
		e.refuse(at, keyword, "has a pattern that cannot be matched in linear time, or is too large; write one for RE2")
	}
}

func (e *examination) data(keyword string, v ijson.Value, at ijson.Place) any {
	if keyword == "required" || keyword == "dependentRequired" {
		e.learn(v)
	}
	made, ok := tree(v)
	if !ok {
		e.refuse(at, keyword, "has a number of more than 1,024 digits")
	}
	return made
}

// learn notes the names that a list, or an object of lists, requires.
func (e *examination) learn(v ijson.Value) {
	for _, item := range v.Items() {
		if name, ok := item.Text(); ok {
			e.names[name] = true
		}
	}
	for name, list := range v.Members() {
		e.names[name] = true
		e.learn(list)
	}
}

// resolve refuses a pointer to a place that was not examined as a schema, such
// as the inside of a const. Anchors are the library's to find.
func (e *examination) resolve(r ref) {
	fragment, err := url.PathUnescape(r.target[1:])
	pointer := fragment == "" || strings.HasPrefix(fragment, "/")
	if err != nil || pointer && !e.places[fragment] {
		e.refuse(r.from, r.keyword, "points to a place that holds no schema")
	}
}

func escape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}
