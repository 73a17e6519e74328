package bounded

import "math/big"

// Count lets the laws compare with the count itself, not only its logarithm.
func (s Schema) Count() *big.Int { return s.root.count() }
