package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"argus/internal/tomlpos"
)

// layers is the merging of all sources, the later ones over the earlier, with the place that each value came from.
type layers struct {
	merged   *koanf.Koanf
	places   map[string]tomlpos.Where
	files    []string // read, absolute; the last is the main one
	broken   bool     // a file could not be read, so nothing can be said of what is missing
	problems tomlpos.Problems
}

func stack(o Options) (*layers, error) {
	l := &layers{merged: koanf.New("."), places: map[string]tomlpos.Where{}}
	if err := l.put(defaults(), tomlpos.Where{File: "default"}); err != nil {
		return nil, err
	}
	if err := l.putFiles(o); err != nil {
		return nil, err
	}
	if err := l.putEnvironment(o); err != nil {
		return nil, err
	}
	return l, l.putFlags(o.Flags)
}

// put lays values that all have one origin.
func (l *layers) put(values map[string]any, at tomlpos.Where) error {
	l.mark("", values, at)
	return l.merged.Load(confmap.Provider(values, ""), nil)
}

func (l *layers) mark(path string, value any, at tomlpos.Where) {
	if path != "" {
		l.places[path] = at
	}
	if table, ok := value.(map[string]any); ok {
		for key, sub := range table {
			l.mark(tomlpos.Join(path, key), sub, at)
		}
	}
}

func (l *layers) putFiles(o Options) error {
	if o.File != "" {
		return l.putFile(o.File, true)
	}
	for _, file := range []string{o.System, o.User} {
		if file == "" {
			continue
		}
		if err := l.putFile(file, false); err != nil {
			return err
		}
	}
	return nil
}

func (l *layers) putFile(file string, required bool) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	data, err := tomlpos.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return nil
	}
	if err != nil {
		l.broken = true
		l.problems.Add(tomlpos.Where{File: path}, unread(err), "cannot be read: %v", err)
		return nil
	}
	return l.putDocument(path, data)
}

// unread says what helps where a file cannot be read. Most errors say so themselves.
func unread(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "run argus init, which makes one, or name another with --config"
	case errors.Is(err, fs.ErrPermission):
		return "act as the user whose it is, or name another with --config"
	}
	return ""
}

// putDocument lays the values of a file. The file is held to the shape by itself, since a mistake that a later file covers is
// still a mistake.
func (l *layers) putDocument(path string, data []byte) error {
	doc, problems := tomlpos.Parse(path, data)
	l.problems = append(l.problems, problems...)
	if doc == nil {
		l.broken = true
		return nil
	}
	l.problems = append(l.problems, doc.Decode(&document{})...)
	l.files = append(l.files, path)
	doc.Places(func(key string, at tomlpos.Where) { l.places[key] = at })
	return l.merged.Load(confmap.Provider(doc.Values, ""), nil)
}

func (l *layers) putEnvironment(o Options) error {
	reading := environment{listen: l.merged.String("mcp.listen"), others: o.OtherNames}
	provider := env.Provider(".", env.Opt{
		Prefix:        envPrefix,
		EnvironFunc:   func() []string { return o.Environ },
		TransformFunc: reading.setting,
	})
	if err := l.merged.Load(provider, nil); err != nil {
		return err
	}
	for key, name := range reading.set {
		l.places[key] = tomlpos.Where{File: "environment " + name}
	}
	l.problems = append(l.problems, reading.problems...)
	return nil
}

func (l *layers) putFlags(flags *pflag.FlagSet) error {
	if flags == nil {
		return nil
	}
	return l.merged.Load(posflag.ProviderWithFlag(flags, ".", nil, func(f *pflag.Flag) (string, any) {
		key := flagKeys[f.Name]
		if key == "" || !f.Changed {
			return "", nil
		}
		l.places[key] = tomlpos.Where{File: "flag --" + f.Name}
		return key, flagValue(key, f.Value.String())
	}), nil)
}

// flagValue takes a relative path from where the person stands, not from a file.
func flagValue(key, value string) string {
	if key != "state" || value == "" {
		return value
	}
	if abs, err := filepath.Abs(value); err == nil {
		return abs
	}
	return value
}

// main is the file that a person would look into first.
func (l *layers) main() string {
	if len(l.files) == 0 {
		return ""
	}
	return l.files[len(l.files)-1]
}

// base is the folder where a default's relative path starts.
func (l *layers) base() string {
	if main := l.main(); main != "" {
		return filepath.Dir(main)
	}
	folder, err := os.Getwd()
	if err != nil {
		return "/"
	}
	return folder
}

// at tells the place of a key path; for what nobody set, the main file.
func (l *layers) at(path string) tomlpos.Where {
	if at, ok := l.places[path]; ok && path != "" {
		return at
	}
	return tomlpos.Where{File: l.main()}
}
