package config

import (
	"fmt"

	"argus/internal/tomlpos"
)

// Load reads all sources into the Config in force. An error of type tomlpos.Problems holds every mistake of every source.
func Load(o Options) (Config, error) {
	l, err := stack(o)
	if err != nil {
		return Config{}, fmt.Errorf("merge the configuration: %w", err)
	}
	return l.resolve(o)
}

// StateFolder finds where the state folder is, whatever else is wrong. A program that only looks for the daemon may be started with another
// PATH and other variables than the daemon, by which Load would judge what does not concern it.
func StateFolder(o Options) (string, error) {
	l, err := stack(o)
	if err != nil {
		return "", fmt.Errorf("merge the configuration: %w", err)
	}
	if problems := l.unreadable(); problems != nil {
		return "", problems
	}
	var doc document
	tomlpos.Decode("", l.merged.Raw(), l.at, &doc) // a state of the wrong form is an empty one
	c := checker{layers: l, home: o.Home}
	folder := c.state(doc.State)
	if len(c.problems) > 0 {
		return "", c.problems
	}
	return folder, nil
}

// unreadable tells why nothing can be said of the values, if so.
func (l *layers) unreadable() tomlpos.Problems {
	if l.broken {
		return l.problems.Sorted()
	}
	if len(l.files) == 0 {
		return append(l.problems, tomlpos.Problem{Message: "there is no argus.toml", Fix: "run argus init, or name a file with --config"})
	}
	return nil
}

// resolve judges the merged values.
func (l *layers) resolve(o Options) (Config, error) {
	if problems := l.unreadable(); problems != nil {
		return Config{}, problems
	}
	values := l.merged.Raw()
	var doc document
	l.problems = append(l.problems, tomlpos.Decode("", values, l.at, &doc)...)

	c := checker{layers: l, home: o.Home, path: variable(o.Environ, "PATH")}
	config := c.config(&doc)
	if err := l.merge(c.problems); err != nil {
		return Config{}, err
	}
	config.settings = l.list(values)
	return config, nil
}

// merge joins the mistakes of form with those of meaning. A value of the wrong form has none, so what is said of the meaning of
// its line is left out.
func (l *layers) merge(meaning tomlpos.Problems) error {
	taken := map[tomlpos.Where]bool{}
	for _, p := range l.problems {
		taken[tomlpos.Where{File: p.File, Line: p.Line}] = true
	}
	all := l.problems
	for _, p := range meaning {
		at := tomlpos.Where{File: p.File, Line: p.Line}
		if p.Line == 0 || !taken[at] {
			all = append(all, p)
		}
	}
	return all.Sorted().Err()
}

func variable(environ []string, name string) string {
	for _, entry := range environ {
		if len(entry) > len(name) && entry[:len(name)] == name && entry[len(name)] == '=' {
			return entry[len(name)+1:]
		}
	}
	return ""
}
