package bounded

import (
	"math/big"
	"slices"

	"argus/internal/ijson"
)

// read turns a schema into a shape. The recursion is bounded by the depth of
// the parse.
func read(v ijson.Value, at ijson.Place) (shape, error) {
	switch v.Kind() {
	case ijson.Bool:
		if admitsAll, _ := v.Bool(); admitsAll {
			return nil, &Error{at, "", "true admits every value; write a type"}
		}
		return constants{}, nil
	case ijson.Object:
		return readObject(v, at)
	default:
		return nil, &Error{at, "", "write an object"}
	}
}

func readObject(v ijson.Value, at ijson.Place) (shape, error) {
	if value, ok := v.Member("const"); ok {
		return readConstants(v, at, "const", func(yield func(int, ijson.Value) bool) { yield(0, value) })
	}
	if values, ok := v.Member("enum"); ok {
		if values.Kind() != ijson.Array {
			return nil, &Error{at, "enum", "write an array of values"}
		}
		return readConstants(v, at, "enum", values.Items())
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if branches, ok := v.Member(keyword); ok {
			return readChoice(v, at, keyword, branches)
		}
	}
	return readTyped(v, at)
}

// readConstants keeps those values that also are of the type, if one is named.
func readConstants(v ijson.Value, at ijson.Place, keyword string, values func(func(int, ijson.Value) bool)) (shape, error) {
	if err := only(v, at, keyword, "type"); err != nil {
		return nil, err
	}
	types, err := typesOf(v, at)
	if err != nil {
		return nil, err
	}
	made := constants{}
	for _, value := range values {
		if types == nil || slices.ContainsFunc(types, func(t string) bool { return isOf(value, t) }) {
			made[string(ijson.AppendCanonical(nil, value))] = struct{}{}
		}
	}
	return made, nil
}

// isOf reports whether a value is of a type, as JSON Schema means it.
func isOf(v ijson.Value, name string) bool {
	n, numeric := v.Number()
	if name == "integer" && numeric {
		r, ok := rational(n)
		return ok && r.IsInt()
	}
	return v.Kind().String() == name
}

func readChoice(v ijson.Value, at ijson.Place, keyword string, branches ijson.Value) (shape, error) {
	if err := only(v, at, keyword); err != nil {
		return nil, err
	}
	shapes, err := readAll(branches, at, keyword)
	if err != nil {
		return nil, err
	}
	return sum(at, keyword, shapes, keyword == "oneOf")
}

// sum makes a choice. Values that several branches admit are counted for each,
// so its count is an upper bound.
func sum(at ijson.Place, keyword string, branches []shape, single bool) (shape, error) {
	size := new(big.Int)
	for _, branch := range branches {
		size.Add(size, branch.count())
	}
	if err := small(size, at, keyword); err != nil {
		return nil, err
	}
	return choice{branches, single, size}, nil
}

// readAll reads an array of schemas.
func readAll(v ijson.Value, at ijson.Place, keyword string) ([]shape, error) {
	if v.Kind() != ijson.Array {
		return nil, &Error{at, keyword, "write an array of schemas"}
	}
	shapes := make([]shape, 0, v.Len())
	for i, item := range v.Items() {
		s, err := read(item, at.Member(keyword).Item(i))
		if err != nil {
			return nil, err
		}
		shapes = append(shapes, s)
	}
	return shapes, nil
}

// small refuses a count beyond MaxBits, before it is multiplied further.
func small(count *big.Int, at ijson.Place, keyword string) error {
	if count.BitLen() > MaxBits {
		return &Error{at, keyword, "admits more than 2^65536 values; lower its bounds"}
	}
	return nil
}

// readTyped reads a schema that names one type or several.
func readTyped(v ijson.Value, at ijson.Place) (shape, error) {
	types, err := typesOf(v, at)
	if err != nil {
		return nil, err
	}
	allowed := []string{"type"}
	for _, name := range types {
		keywords, ok := ofType[name]
		if !ok {
			return nil, uncountable(at, name)
		}
		allowed = append(allowed, keywords...)
	}
	if err := only(v, at, allowed...); err != nil {
		return nil, err
	}
	if types == nil {
		return nil, &Error{at, "type", "is absent, so every type is admitted; write one"}
	}
	shapes := make([]shape, 0, len(types))
	for _, name := range types {
		s, err := readType(v, at, name)
		if err != nil {
			return nil, err
		}
		shapes = append(shapes, s)
	}
	if len(shapes) == 1 {
		return shapes[0], nil
	}
	return sum(at, "type", shapes, false)
}

func readType(v ijson.Value, at ijson.Place, name string) (shape, error) {
	switch name {
	case "null":
		return constants{"null": {}}, nil
	case "boolean":
		return constants{"false": {}, "true": {}}, nil
	case "integer":
		return readIntegers(v, at)
	case "array":
		return readList(v, at)
	default: // ofType holds one more
		return readRecord(v, at)
	}
}

func uncountable(at ijson.Place, name string) error {
	switch name {
	case "string":
		return &Error{at, "type", "a free string can say anything; list the strings with enum"}
	case "number":
		return &Error{at, "type", "numbers cannot be counted; write integer with minimum and maximum, or list them with enum"}
	}
	return &Error{at, "type", "is no type that JSON Schema knows"}
}

// typesOf returns the types that v names, each once, or nil when it names none.
func typesOf(v ijson.Value, at ijson.Place) ([]string, error) {
	value, ok := v.Member("type")
	if !ok {
		return nil, nil
	}
	if name, ok := value.Text(); ok {
		return []string{name}, nil
	}
	var types []string
	for _, item := range value.Items() {
		name, ok := item.Text()
		if !ok || slices.Contains(types, name) {
			return nil, &Error{at, "type", "write the name of a type, or an array of different names"}
		}
		types = append(types, name)
	}
	if types == nil {
		return nil, &Error{at, "type", "write the name of a type, or an array of different names"}
	}
	return types, nil
}
