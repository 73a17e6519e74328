package mcp

import "slices"

// levels are those of log messages, least first.
var levels = []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}

// rank places a level among them; -1 for what is none.
func rank(level string) int { return slices.Index(levels, level) }
