package journal

// bootID names one run of the machine's kernel. The zero value means unknown, and an unknown boot is never
// taken to be the same as another.
type bootID [16]byte

func (b bootID) sameAs(other bootID) bool { return b != bootID{} && b == other }
