package content

import (
	"fmt"
	"slices"

	"argus/plugin/sdk"
)

// exposure is a level and an integrity as positions in their orders, weakest first.
type exposure struct{ level, integrity int }

var (
	levels      = sdk.Levels()
	integrities = sdk.Integrities()
	sinks       = sdk.Sinks()

	clean = exposure{0, len(integrities) - 1}
	top   = exposure{len(levels) - 1, 0}
)

func (x exposure) join(y exposure) exposure {
	return exposure{max(x.level, y.level), min(x.integrity, y.integrity)}
}

func (x exposure) atMost(y exposure) bool { return x.join(y) == y }

func (x exposure) String() string {
	return levels[x.level] + ", " + integrities[x.integrity]
}

// line is the label as a file holds it.
func (x exposure) line() string {
	return fmt.Sprintf(`label = { level = %q, integrity = %q }`, levels[x.level], integrities[x.integrity])
}

// mode is what a cell says, the strictest first.
type mode int

const (
	deny mode = iota
	inspect
	allow
)

var modes = []string{"deny", "inspect", "allow"}

func modeOf(name string) (mode, bool) {
	i := slices.Index(modes, name)
	return mode(max(i, 0)), i >= 0
}
