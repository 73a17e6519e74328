package inventory

import (
	"fmt"
	"regexp"
	"strings"

	"argus/plugin/sdk/registry"
)

// MaxName is how long a tool's name toward agents may be: the least that the model vendors agree on.
const MaxName = 64

// Reserved begins the names of Argus's own tools.
const Reserved = "argus__"

var vendorName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// nameOf is the name toward agents that a tool asks for.
func nameOf(s Server, tool string, entry *registry.Entry) string {
	if entry != nil && entry.Alias != "" {
		return entry.Alias
	}
	if s.Prefix == "" {
		return tool
	}
	return s.Prefix + "__" + tool
}

// unfit says why a name cannot be shown to agents, and the line that mends it; empty if it can.
func unfit(name string, s Server, tool string) (reason, fix string) {
	switch {
	case len(name) > MaxName:
		reason = fmt.Sprintf("its name toward agents has %d characters, %d are allowed", len(name), MaxName)
	case !vendorName.MatchString(name):
		reason = "its name toward agents has characters other than letters, digits, _ and -"
	case strings.HasPrefix(name, Reserved):
		reason = fmt.Sprintf("names that begin with %q are Argus's own", Reserved)
	default:
		return "", ""
	}
	return reason, aliasLine(s, tool)
}

// aliasLine is a line for the registry entry that gives the tool a name of its own.
func aliasLine(s Server, tool string) string {
	fit := strings.Map(func(r rune) rune {
		if vendorName.MatchString(string(r)) {
			return r
		}
		return '_'
	}, s.Name+"__"+strings.TrimPrefix(tool, Reserved))
	if len(fit) > MaxName {
		fit = fit[:MaxName]
	}
	return fmt.Sprintf("alias = %q", fit)
}
