package upstream

import "slices"

// severities are the levels of log messages, the least first.
var severities = []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}

// severity is a level of log messages, counted from 1. The zero severity is none.
type severity int

// severityOf reads a level's name. An unknown one is none.
func severityOf(name string) severity { return severity(slices.Index(severities, name) + 1) }

// String is the level's name, empty for none.
func (s severity) String() string {
	if s < 1 || int(s) > len(severities) {
		return ""
	}
	return severities[s-1]
}

// admits reports whether a message of this level is wanted by whoever wants least and above.
func (least severity) admits(s severity) bool { return least > 0 && s >= least }
