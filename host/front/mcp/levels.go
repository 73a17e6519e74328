package mcp

import "slices"

// levels are those of log messages, least first.
var levels = []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}

// rank places a level among them; -1 for what is none.
func rank(level string) int { return slices.Index(levels, level) }

// asGrave reports whether a message of a level reaches whoever wants those from another on. Who wants no level gets none, and a message without
// one is for nobody.
func asGrave(level, wanted string) bool { return rank(wanted) >= 0 && rank(level) >= rank(wanted) }
