//go:build linux

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// edit is a change to a source file of this plugin: in place of a text that stands there once comes another.
type edit struct{ file, was, is string }

// build builds a program of this plugin as its sources would be with some edits. The sources themselves stay as they are.
func build(t *testing.T, to, from string, edits ...edit) {
	t.Helper()
	sources := map[string]string{}
	for _, e := range edits {
		path, err := filepath.Abs(e.file)
		if err != nil {
			t.Fatal(err)
		}
		if sources[path] == "" {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sources[path] = string(text)
		}
		if n := strings.Count(sources[path], e.was); n != 1 {
			t.Fatalf("in %s stands %d times, and not once: %s", e.file, n, e.was)
		}
		sources[path] = strings.Replace(sources[path], e.was, e.is, 1)
	}
	cmd := exec.Command("go", "build", "-overlay", overlay(t, sources), "-o", to, from)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// overlay writes what the go command is to read in place of the sources.
func overlay(t *testing.T, sources map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	replace := map[string]string{}
	for path, text := range sources {
		replace[path] = write(strconv.Itoa(len(replace))+".go", []byte(text))
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	return write("overlay.json", text)
}
