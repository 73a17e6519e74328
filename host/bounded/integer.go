package bounded

import (
	"math/big"

	"argus/internal/ijson"
)

func readIntegers(v ijson.Value, at ijson.Place) (shape, error) {
	low, err := bound(v, at, "minimum", "exclusiveMinimum", ceiling, 1)
	if err != nil {
		return nil, err
	}
	high, err := bound(v, at, "maximum", "exclusiveMaximum", floor, -1)
	if err != nil {
		return nil, err
	}
	step, err := multiple(v, at)
	if err != nil {
		return nil, err
	}
	size := new(big.Int).Sub(floorDiv(high, step), ceilDiv(low, step))
	size.Add(size, one)
	if size.Sign() < 0 {
		size.SetInt64(0)
	}
	return integers{low, high, step, size}, nil
}

// bound reads the tighter of a bound and its exclusive twin, as an integer that
// is included. inward is the direction into the range.
func bound(v ijson.Value, at ijson.Place, keyword, exclusive string, round func(*big.Rat) *big.Int, inward int64) (*big.Int, error) {
	tightest, err := number(v, at, keyword)
	if err != nil {
		return nil, err
	}
	open, err := number(v, at, exclusive)
	if err != nil {
		return nil, err
	}
	var candidates []*big.Int
	if tightest != nil {
		candidates = append(candidates, round(tightest))
	}
	if open != nil {
		i := round(open)
		if open.IsInt() {
			i.Add(i, big.NewInt(inward))
		}
		candidates = append(candidates, i)
	}
	switch len(candidates) {
	case 0:
		return nil, &Error{at, keyword, "is absent, so there is no end; write it"}
	case 2:
		if candidates[1].Cmp(candidates[0])*int(inward) > 0 {
			return candidates[1], nil
		}
	}
	return candidates[0], nil
}

// number reads a keyword's number, or nil when the keyword is absent.
func number(v ijson.Value, at ijson.Place, keyword string) (*big.Rat, error) {
	value, ok := v.Member(keyword)
	if !ok {
		return nil, nil
	}
	n, ok := value.Number()
	if !ok {
		return nil, &Error{at, keyword, "write a number"}
	}
	r, ok := rational(n)
	if !ok {
		return nil, &Error{at, keyword, "write a number of at most 1,024 digits"}
	}
	return r, nil
}

// multiple reads multipleOf. The integers among the multiples of a fraction in
// lowest terms are the multiples of its numerator.
func multiple(v ijson.Value, at ijson.Place) (*big.Int, error) {
	r, err := number(v, at, "multipleOf")
	if err != nil {
		return nil, err
	}
	if r == nil {
		return one, nil
	}
	if r.Sign() <= 0 {
		return nil, &Error{at, "multipleOf", "write a number above 0"}
	}
	return r.Num(), nil
}

func floor(r *big.Rat) *big.Int   { return floorDiv(r.Num(), r.Denom()) }
func ceiling(r *big.Rat) *big.Int { return ceilDiv(r.Num(), r.Denom()) }

// floorDiv and ceilDiv divide by a positive number.
func floorDiv(a, b *big.Int) *big.Int { return new(big.Int).Div(a, b) }

func ceilDiv(a, b *big.Int) *big.Int {
	negated := new(big.Int).Neg(a)
	return negated.Neg(negated.Div(negated, b))
}
