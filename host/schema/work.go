package schema

import (
	"encoding/json"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Work is counted in units of about ten nanoseconds.
const (
	maxWork    = 1 << 23
	visitCost  = 32 // one schema meets one value
	numberCost = 16 // one comparison of numbers, and 1 more for each 8 digits
	memberCost = 4
)

// work counts down what a check may cost.
type work struct{ left int64 }

// spend reports whether there is enough left.
func (w *work) spend(units int64) bool {
	w.left -= units
	return w.left >= 0
}

// valueCost is what comparing with const and enum, and with the bounds of
// numbers, costs per visit.
func valueCost(s *jsonschema.Schema) int64 {
	var cost int64
	if s.Const != nil {
		cost += size(*s.Const)
	}
	if s.Enum != nil {
		cost += size(s.Enum.Values)
	}
	if s.Minimum != nil || s.Maximum != nil || s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil || s.MultipleOf != nil {
		cost += 4 * numberCost
	}
	return cost
}

// size is what comparing v with another value costs at most.
func size(v any) int64 {
	switch v := v.(type) {
	case json.Number:
		return numberCost + int64(len(v))/8
	case string:
		return 2 + int64(len(v))/64
	case []any:
		sum := int64(memberCost)
		for _, item := range v {
			sum += size(item)
		}
		return sum
	case map[string]any:
		sum := int64(memberCost)
		for name, member := range v {
			sum += memberCost + int64(len(name))/64 + size(member)
		}
		return sum
	}
	return 1
}

// visit counts what s costs on v, and all that follows from it. It stops as
// soon as the work exceeds what is left.
func (w *work) visit(s *step, v any) bool {
	if !w.spend(s.cost) {
		return false
	}
	for _, next := range s.inPlace {
		if !w.visit(next, v) {
			return false
		}
	}
	switch v := v.(type) {
	case string:
		return w.spend(int64(len(v))/16 + int64(len(v))*s.pattern)
	case json.Number:
		return w.spend(int64(len(v)) / 8)
	case []any:
		return w.array(s, v)
	case map[string]any:
		return w.object(s, v)
	}
	return true
}

func (w *work) array(s *step, list []any) bool {
	if s.tracks && !w.spend(memberCost*int64(len(list))) || s.unique && !w.spend(pairs(list)) {
		return false
	}
	for i, item := range list {
		next := s.items
		if i < len(s.prefix) {
			next = s.prefix[i]
		}
		if next != nil && !w.visit(next, item) || !w.everywhere(s, item) {
			return false
		}
	}
	return true
}

func (w *work) object(s *step, object map[string]any) bool {
	if s.tracks && !w.spend(memberCost*int64(len(object))) {
		return false
	}
	for name, member := range object {
		if next, ok := s.named[name]; ok {
			if !w.visit(next, member) {
				return false
			}
		} else if s.rest != nil && !w.visit(s.rest, member) {
			return false
		}
		if s.names != nil && !w.visit(s.names, name) || !w.patterns(s, name, member) || !w.everywhere(s, member) {
			return false
		}
	}
	return true
}

func (w *work) patterns(s *step, name string, member any) bool {
	for _, p := range s.patterned {
		if !w.spend(int64(len(name))*p.size) || !w.visit(p.step, member) {
			return false
		}
	}
	return true
}

func (w *work) everywhere(s *step, v any) bool {
	for _, next := range s.every {
		if !w.visit(next, v) {
			return false
		}
	}
	return true
}

// pairs is what finding equal items costs: the library hashes scalars, but the
// hashes of arrays and objects can be made to collide, and then it compares all
// pairs.
func pairs(list []any) int64 {
	whole, compound := size(list), false
	for _, item := range list {
		switch item.(type) {
		case []any, map[string]any:
			compound = true
		}
	}
	if compound {
		return whole * int64(len(list))
	}
	return whole * int64(min(len(list), 20))
}
