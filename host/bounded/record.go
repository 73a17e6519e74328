package bounded

import (
	"math/big"

	"argus/internal/ijson"
)

func readRecord(v ijson.Value, at ijson.Place) (shape, error) {
	more, _ := v.Member("additionalProperties")
	if open, isBool := more.Bool(); open || !isBool {
		return nil, &Error{at, "additionalProperties", "must be false, or any member is admitted"}
	}
	made := record{fields: map[string]field{}}
	properties, ok := v.Member("properties")
	if ok && properties.Kind() != ijson.Object {
		return nil, &Error{at, "properties", "write an object of schemas"}
	}
	for name, property := range properties.Members() {
		s, err := read(property, at.Member("properties").Member(name))
		if err != nil {
			return nil, err
		}
		made.fields[name] = field{shape: s}
	}
	if err := made.require(v, at); err != nil {
		return nil, err
	}
	return made.total(properties, at)
}

func (s *record) require(v ijson.Value, at ijson.Place) error {
	required, ok := v.Member("required")
	if ok && required.Kind() != ijson.Array {
		return &Error{at, "required", "write an array of names"}
	}
	for _, item := range required.Items() {
		name, isText := item.Text()
		f, ok := s.fields[name]
		if !ok || !isText {
			return &Error{at, "required", "names a member that properties does not; nothing would conform"}
		}
		if !f.required {
			f.required = true
			s.fields[name] = f
			s.needed++
		}
	}
	return nil
}

// total multiplies the members' counts. A member that may be absent has one
// more case.
func (s record) total(properties ijson.Value, at ijson.Place) (shape, error) {
	s.size = new(big.Int).Set(one)
	for name := range properties.Members() {
		f := s.fields[name]
		cases := f.count()
		if !f.required {
			cases = new(big.Int).Add(cases, one)
		}
		s.size.Mul(s.size, cases)
		if err := small(s.size, at, "properties"); err != nil {
			return nil, err
		}
	}
	return s, nil
}
