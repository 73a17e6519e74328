package bounded

import (
	"math/big"

	"argus/internal/ijson"
)

func readList(v ijson.Value, at ijson.Place) (shape, error) {
	made, err := readItems(v, at)
	if err != nil {
		return nil, err
	}
	if made.least, err = length(v, at, "minItems", 0); err != nil {
		return nil, err
	}
	unstated := -1
	if made.rest != nil && made.rest.count().Sign() == 0 {
		unstated = len(made.prefix) // items: false
	}
	if made.most, err = length(v, at, "maxItems", unstated); err != nil {
		return nil, err
	}
	if made.most < 0 {
		return nil, &Error{at, "maxItems", "is absent, so there is no end; write it"}
	}
	if made.rest == nil {
		if made.most > len(made.prefix) {
			return nil, &Error{at, "items", "is absent, so any item is admitted; write it"}
		}
		made.rest = constants{}
	}
	made.size, err = made.total(at)
	return made, err
}

// readItems reads the items of both ways to write a tuple: prefixItems with
// items, and an array of items with additionalItems.
func readItems(v ijson.Value, at ijson.Place) (made list, err error) {
	rest := "items"
	items, _ := v.Member("items")
	_, modern := v.Member("prefixItems")
	_, more := v.Member("additionalItems")
	old := items.Kind() == ijson.Array
	switch {
	case old && modern:
		return list{}, &Error{at, "items", "is an array beside prefixItems; write a schema, or false"}
	case more && !old:
		return list{}, &Error{at, "additionalItems", "counts only beside an array of items; write items"}
	case old:
		made.prefix, err = readAll(items, at, "items")
		rest = "additionalItems"
	case modern:
		prefix, _ := v.Member("prefixItems")
		made.prefix, err = readAll(prefix, at, "prefixItems")
	}
	if err != nil {
		return list{}, err
	}
	if s, ok := v.Member(rest); ok {
		made.rest, err = read(s, at.Member(rest))
	}
	return made, err
}

func length(v ijson.Value, at ijson.Place, keyword string, unstated int) (int, error) {
	value, ok := v.Member(keyword)
	if !ok {
		return unstated, nil
	}
	n, _ := value.Number()
	i, ok := n.Int64()
	if !ok || i < 0 || i > maxItems {
		return 0, &Error{at, keyword, "write an integer from 0 to 65,536"}
	}
	return int(i), nil
}

// total adds up the arrays of every admitted length.
func (s list) total(at ijson.Place) (*big.Int, error) {
	sum, product := new(big.Int), new(big.Int).Set(one)
	for n := 0; n <= min(len(s.prefix), s.most); n++ {
		if n > 0 {
			product.Mul(product, s.prefix[n-1].count())
		}
		if err := small(product, at, "maxItems"); err != nil {
			return nil, err
		}
		if n >= s.least {
			sum.Add(sum, product)
		}
	}
	from, to := max(s.least-len(s.prefix), 1), s.most-len(s.prefix)
	tail, err := powers(s.rest.count(), from, to, at)
	if err != nil {
		return nil, err
	}
	sum.Add(sum, product.Mul(product, tail))
	return sum, small(sum, at, "maxItems")
}

// powers is base^from + … + base^to.
func powers(base *big.Int, from, to int, at ijson.Place) (*big.Int, error) {
	switch {
	case from > to || base.Sign() == 0:
		return new(big.Int), nil
	case base.Cmp(one) == 0:
		return big.NewInt(int64(to - from + 1)), nil
	case (base.BitLen()-1)*to > MaxBits:
		return nil, &Error{at, "maxItems", "admits more than 2^65536 values; lower it"}
	}
	low := new(big.Int).Exp(base, big.NewInt(int64(from)), nil)
	high := new(big.Int).Exp(base, big.NewInt(int64(to+1)), nil)
	return high.Sub(high, low).Quo(high, new(big.Int).Sub(base, one)), nil
}
