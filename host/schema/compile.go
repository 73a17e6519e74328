package schema

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"argus/internal/ijson"
)

// Schema is a compiled schema, safe for concurrent use. The zero Schema accepts
// nothing.
type Schema struct {
	compiled *jsonschema.Schema
	plan     *step
	names    map[string]bool
}

// location is the address that the library knows the schema by. Nothing can be
// loaded from it.
const location = "argus:///schema"

// errLoad answers every attempt to load.
var errLoad = errors.New("nothing is loaded")

type refusing struct{}

func (refusing) Load(string) (any, error) { return nil, errLoad }

// Compile reads a schema that a server declared. Every error is a
// *CompileError; the caller says whose schema it was.
func Compile(raw ijson.Value) (*Schema, error) {
	doc, e := examine(raw)
	if e.fail != nil {
		return nil, e.fail
	}
	compiled, err := compile(doc)
	if err != nil {
		return nil, explain(err, doc, e.names)
	}
	top, err := plan(compiled)
	if err != nil {
		return nil, &CompileError{Keyword: "$ref", Reason: err.Error()}
	}
	return &Schema{compiled: compiled, plan: top, names: e.names}, nil
}

var errLibrary = errors.New("cannot be compiled")

func compile(doc any) (_ *jsonschema.Schema, err error) {
	defer func() {
		if recover() != nil { // whatever broke, broke on untrusted input
			err = errLibrary
		}
	}()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(refusing{})
	c.UseRegexpEngine(compilePattern)
	if err := c.AddResource(location, doc); err != nil {
		return nil, errLibrary
	}
	return c.Compile(location)
}

// explain finds the deepest place that the draft's own schema objects to. The
// library's texts quote the schema, so none of them is passed on.
func explain(err error, doc any, names map[string]bool) error {
	if invalid, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		if cause, ok := errors.AsType[*jsonschema.ValidationError](invalid.Err); ok {
			return atDeepest(cause, names)
		}
	}
	if _, ok := errors.AsType[*jsonschema.AnchorNotFoundError](err); ok {
		return &CompileError{Keyword: "$ref", Reason: "points to an anchor that does not exist"}
	}
	return &CompileError{Reason: fmt.Sprintf("cannot be compiled (%T)", err)}
}

func atDeepest(cause *jsonschema.ValidationError, names map[string]bool) error {
	path := deepest(cause, nil)
	keyword, at := "", ijson.Place("")
	for _, token := range path {
		if _, ok := keywords[token]; ok {
			keyword = token
		}
	}
	if len(path) > 0 {
		path = path[:len(path)-1]
	}
	for _, token := range path {
		at = known(at, token, names)
	}
	return &CompileError{at, keyword, "is not as its draft defines it"}
}

func deepest(cause *jsonschema.ValidationError, best []string) []string {
	if len(cause.InstanceLocation) > len(best) {
		best = cause.InstanceLocation
	}
	for _, c := range cause.Causes {
		best = deepest(c, best)
	}
	return best
}

// known extends a place by a keyword, an index or a name from the schema.
func known(at ijson.Place, token string, names map[string]bool) ijson.Place {
	_, keyword := keywords[token]
	_, err := strconv.ParseUint(token, 10, 16)
	if keyword || err == nil || names[token] {
		return at.Member(token)
	}
	return at.Any()
}
