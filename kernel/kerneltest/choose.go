package kerneltest

import "pgregory.net/rapid"

// choose picks from a list, each about as often. Rapid's own generators prefer the first and the last, which is
// right for values and wrong for a choice of what to try next.
func choose[T any](t *rapid.T, what string, list []T) T {
	return list[mixed(t, what)%uint64(len(list))]
}

// oneIn is true about once in n draws, and false when rapid shrinks.
func oneIn(t *rapid.T, n uint64, what string) bool { return mixed(t, what)%n == n-1 }

// mixed is a draw whose low bits are even: rapid prefers small numbers, and a multiplication by an odd constant
// followed by a fold of the high bits spreads them. It keeps 0, so that shrinking ends at the first choice.
func mixed(t *rapid.T, what string) uint64 {
	x := rapid.Uint64().Draw(t, what) * 0x9e3779b97f4a7c15
	x = (x ^ x>>32) * 0xd6e8feb86659fd93
	return x ^ x>>32
}
