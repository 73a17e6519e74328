// Package scaffold makes the folder in which somebody writes a plugin: a small one that works, its test, and the Go module that builds
// it with the SDK of a folder of Argus' source.
//
// There is none for a sandbox. What confines is its helper, of which no small one keeps what a plan has to promise.
//
// It writes into a folder that it makes, and never into one that exists.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:embed oracle registry audit
var files embed.FS

// Kinds are the kinds of plugins that can be made.
func Kinds() []string { return []string{"oracle", "registry", "audit"} }

var plain = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Plugin makes a folder named for the plugin below parent and gives its path. kind is one of Kinds, and source the folder of Argus' source.
func Plugin(parent, kind, name, source string) (folder string, err error) {
	if !plain.MatchString(name) {
		return "", errors.New("a plugin's name is at most 40 lower-case letters, digits and -, with a letter first")
	}
	full := kind + "-" + name
	module, sums, err := modules(full, source)
	if err != nil {
		return "", err
	}
	texts, err := fs.Sub(files, kind)
	if err != nil {
		return "", err
	}
	templates, err := template.ParseFS(texts, "*.tmpl")
	if err != nil {
		return "", err
	}
	folder = filepath.Join(parent, full)
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of the plugin: %w", err)
	}
	for _, t := range templates.Templates() {
		var text strings.Builder
		if err := t.Execute(&text, map[string]string{"Name": name}); err != nil {
			return "", err
		}
		if err := write(folder, strings.TrimSuffix(t.Name(), ".tmpl"), text.String()); err != nil {
			return "", err
		}
	}
	return folder, errors.Join(write(folder, "go.mod", module), write(folder, "go.sum", sums))
}

// modules are the go.mod and go.sum of a module that is built with exactly what Argus is.
func modules(name, source string) (module, sums string, err error) {
	own, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return "", "", fmt.Errorf("find Argus' source: %w", err)
	}
	needs, is := strings.CutPrefix(string(own), "module argus\n")
	if !is {
		return "", "", fmt.Errorf("%s is not the source of Argus", source)
	}
	locked, err := os.ReadFile(filepath.Join(source, "go.sum"))
	needs, _, _ = strings.Cut(needs, "\ntool (") // programs that generate Argus' own code
	module = fmt.Sprintf("module %s\n%s\nrequire argus v0.0.0\n\nreplace argus => %q\n", name, needs, source)
	return module, string(locked), err
}

func write(folder, name, text string) error {
	return os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644)
}
