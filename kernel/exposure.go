package kernel

// Exposure is what an agent has met: the highest confidentiality and the lowest integrity. Exposures form a
// lattice whose bottom is [Clean]. The zero value is its top: most confidential, least trusted.
type Exposure struct {
	Level     Level
	Integrity Integrity
}

// Clean is the exposure of an agent that has met nothing.
func Clean() Exposure { return Exposure{Level: Public, Integrity: Proven} }

// Join is the least exposure above both. Both scales count from the strictest, so it takes the smaller numbers.
func (x Exposure) Join(y Exposure) Exposure {
	return Exposure{Level: min(x.Level, y.Level), Integrity: min(x.Integrity, y.Integrity)}
}

// Leq reports whether x is below y: who is at y has met all that x stands for.
func (x Exposure) Leq(y Exposure) bool {
	return y.Level <= x.Level && y.Integrity <= x.Integrity
}

// same reports whether x and y are equal.
func (x Exposure) same(y Exposure) bool {
	return x.Level == y.Level && x.Integrity == y.Integrity
}

// known reports whether both parts are in their catalogues. An unknown level would compare as if it were below
// Public, so every exposure is asked this on entry.
func (x Exposure) known() bool {
	return x.Level < levelCount && x.Integrity < integrityCount
}
