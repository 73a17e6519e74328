package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"argus/internal/tomlpos"
)

// Setting is one value in force and where it came from.
type Setting struct {
	Key    string // path, such as server[0].name
	Value  string // as JSON; "(hidden)" for what may be a secret
	Origin string // file:line, "environment NAME", "flag --NAME" or "default"
}

// Settings lists every value in force by its key.
func (c Config) Settings() []Setting { return slices.Clone(c.settings) }

func (l *layers) list(values map[string]any) []Setting {
	var settings []Setting
	l.collect("", values, &settings)
	slices.SortFunc(settings, func(a, b Setting) int { return cmp.Compare(a.Key, b.Key) })
	return settings
}

func (l *layers) collect(path string, value any, into *[]Setting) {
	switch v := value.(type) {
	case map[string]any:
		for key, sub := range v {
			l.collect(tomlpos.Join(path, key), sub, into)
		}
		if len(v) == 0 && path != "" {
			*into = append(*into, Setting{path, "{}", l.at(path).String()})
		}
	case []any:
		for i, sub := range v {
			l.collect(tomlpos.Index(path, i), sub, into)
		}
		if len(v) == 0 {
			*into = append(*into, Setting{path, "[]", l.at(path).String()})
		}
	default:
		*into = append(*into, Setting{path, shown(path, v), l.at(path).String()})
	}
}

var mayBeSecret = regexp.MustCompile(`^(server\[\d+\]\.(env|args)|plugin\[\d+\]\.settings)\b`)

func shown(path string, value any) string {
	if mayBeSecret.MatchString(path) {
		return "(hidden)"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
