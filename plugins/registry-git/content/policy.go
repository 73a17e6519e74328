package content

import (
	"fmt"
	"strings"

	"argus/internal/tomlpos"
	"argus/plugin/sdk/registry"
)

// policy is the completed table: sink, level, integrity. The zero one denies everything.
type policy [9][4]row

// row is what one sink says of one level, by integrity. Without a place it is one that nobody wrote, and denies.
type row struct {
	modes modesByIntegrity
	at    tomlpos.Where
}

// cells are all cells that do not deny.
func (p *policy) cells() []registry.Cell {
	var cells []registry.Cell
	for s, rows := range p {
		for l, row := range rows {
			for i, m := range row.modes {
				if m != deny {
					cells = append(cells, registry.Cell{Level: levels[l], Integrity: integrities[i], Sink: sinks[s],
						Mode: registry.Mode(modes[m]), Origin: origin(row.at)})
				}
			}
		}
	}
	return cells
}

// checkMonotone refuses a table in which a higher level or a lower integrity has an easier mode: an agent would gain by seeing
// more. One line is reported once, with the line that would be right under the ones above it.
func (r *reader) checkMonotone() {
	for s := range sinks {
		least := modesByIntegrity{allow, allow, allow, allow}
		for l := range levels {
			row := r.policy[s][l]
			right := lowered(row.modes, least)
			if right != row.modes {
				r.fault(row.at, right.fix(levels[l]), "flow.%s.%s is easier than the line of a lower level or a better integrity",
					sinks[s], levels[l])
			}
			least = right
		}
	}
}

type modesByIntegrity [4]mode

// lowered is the row taken down to the monotone one at or below it: not easier than the row of the level below, and from the
// best integrity down never easier.
func lowered(row, least modesByIntegrity) modesByIntegrity {
	most := allow
	for i := len(row) - 1; i >= 0; i-- {
		most = min(most, row[i], least[i])
		row[i] = most
	}
	return row
}

// fix is the line that says these modes.
func (m modesByIntegrity) fix(level string) string {
	if m == (modesByIntegrity{}) {
		return "remove the line, or allow the lower levels at least as much"
	}
	if m[0] == m[len(m)-1] {
		return fmt.Sprintf("write %s = %q, or allow the lower levels at least as much", level, modes[m[0]])
	}
	var parts []string
	for i := len(m) - 1; i >= 0; i-- {
		if m[i] != deny && (i == 0 || m[i-1] != m[i]) {
			parts = append(parts, fmt.Sprintf("%s = %q", integrities[i], modes[m[i]]))
		}
	}
	return fmt.Sprintf("write %s = { %s }, or allow the lower levels at least as much", level, strings.Join(parts, ", "))
}

// leaves is the most that a writer with these sinks may leave in its stores: the join of the exposures that at least one of
// them admits. One without sinks runs under any exposure, and one whose every sink denies leaves nothing.
func (p *policy) leaves(declared []string) exposure {
	if len(declared) == 0 {
		return top
	}
	most := clean
	for s, sink := range sinks {
		for _, name := range declared {
			if name == sink {
				most = most.join(p.admits(s))
			}
		}
	}
	return most
}

func (p *policy) admits(sink int) exposure {
	most := clean
	for l, row := range p[sink] {
		for i, m := range row.modes {
			if m != deny {
				most = most.join(exposure{l, i})
			}
		}
	}
	return most
}
