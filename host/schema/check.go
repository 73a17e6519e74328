package schema

import (
	"errors"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"argus/internal/ijson"
)

// ErrNoSchema is what a Schema that was not compiled answers.
var ErrNoSchema = errors.New("no schema was compiled, so nothing conforms")

// ErrTooMuchWork refuses a value that this schema could not be checked against
// in bounded time. Whether the value conforms is unknown.
var ErrTooMuchWork = errors.New("checking the value would take too much work; simplify the schema or send less")

// errBroken covers a failure of the library itself.
var errBroken = errors.New("check did not finish, so the value does not count as conforming")

// Check reports how v departs from the schema: nil when it conforms, a
// *MismatchError when it does not, ErrTooMuchWork when finding out would cost
// too much. It must be given the parse of the very bytes that travel on.
func (s *Schema) Check(v ijson.Value) error {
	if s == nil || s.compiled == nil || v.Kind() == ijson.Invalid {
		return ErrNoSchema
	}
	doc, ok := tree(v)
	if !ok {
		return mismatch([]Problem{{s.widest(v, ""), "number of more than 1,024 digits"}})
	}
	w := work{maxWork}
	if !w.visit(s.plan, doc) {
		return ErrTooMuchWork
	}
	return s.validate(doc)
}

func (s *Schema) validate(doc any) (err error) {
	defer func() {
		if recover() != nil { // whatever broke, broke on untrusted input
			err = errBroken
		}
	}()
	err = s.compiled.Validate(doc)
	if err == nil {
		return nil
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return errBroken
	}
	return mismatch(s.problems(invalid, doc, nil))
}

// problems gathers the leaves of the library's error. Alternatives that failed
// together are one problem, not one for each.
func (s *Schema) problems(e *jsonschema.ValidationError, doc any, found []Problem) []Problem {
	at := s.place(e.InstanceLocation, doc)
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range e.Causes {
			found = s.problems(cause, doc, found)
		}
		return found
	case *kind.Required:
		return s.missing(found, at, "required", k.Missing)
	case *kind.DependentRequired:
		return s.missing(found, at, "dependentRequired", k.Missing)
	case *kind.AdditionalProperties:
		return append(found, Problem{at.Any(), "additionalProperties"})
	case *kind.FalseSchema:
		return append(found, Problem{at, "false"})
	case *kind.Not:
		return append(found, Problem{at, "not"})
	}
	return append(found, Problem{at, keyword(e)})
}

func keyword(e *jsonschema.ValidationError) string {
	if e.ErrorKind != nil {
		if path := e.ErrorKind.KeywordPath(); len(path) > 0 {
			return path[0]
		}
	}
	return "schema"
}

func (s *Schema) missing(found []Problem, at ijson.Place, keyword string, names []string) []Problem {
	for _, name := range names {
		found = append(found, Problem{at.Member(name), keyword})
	}
	return found
}

// place walks the value along the library's path. Names that the schema does
// not know came with the value, and stay unnamed.
func (s *Schema) place(path []string, doc any) ijson.Place {
	at := ijson.Place("")
	for _, token := range path {
		switch v := doc.(type) {
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return at.Any()
			}
			at, doc = at.Item(i), v[i]
		case map[string]any:
			at, doc = s.member(at, token), v[token]
		default:
			return at.Any()
		}
	}
	return at
}

func (s *Schema) member(at ijson.Place, name string) ijson.Place {
	if s.names[name] {
		return at.Member(name)
	}
	return at.Any()
}

// widest gives the place of the first number that is too wide.
func (s *Schema) widest(v ijson.Value, at ijson.Place) ijson.Place {
	for i, item := range v.Items() {
		if _, ok := tree(item); !ok {
			return s.widest(item, at.Item(i))
		}
	}
	for name, member := range v.Members() {
		if _, ok := tree(member); !ok {
			return s.widest(member, s.member(at, name))
		}
	}
	return at
}
