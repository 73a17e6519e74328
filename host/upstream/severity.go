package upstream

import "slices"

// severities are the levels of log messages, the least first.
var severities = []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}

// Severity is a level of log messages, counted from 1. The zero Severity is none.
type Severity int

// SeverityOf reads a level's name. An unknown one is none.
func SeverityOf(name string) Severity { return Severity(slices.Index(severities, name) + 1) }

// String is the level's name, empty for none.
func (s Severity) String() string {
	if s < 1 || int(s) > len(severities) {
		return ""
	}
	return severities[s-1]
}

// Admits reports whether a message of this level is wanted by whoever wants least and above. Who wants none gets none.
func (least Severity) Admits(s Severity) bool { return least > 0 && s >= least }
