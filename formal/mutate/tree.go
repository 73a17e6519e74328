package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// tree is a copy of what the kernel and its proofs are made of.
type tree string

// newTree copies the present directory's, with the times of files, so that nothing is compiled again without need.
func newTree() (tree, error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("cp", "-a", "go.mod", "go.sum", "kernel", "formal", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("copy the tree: %w: %s", err, out)
	}
	return tree(dir), nil
}

func (t tree) remove() { os.RemoveAll(string(t)) }

// edit replaces the one place of the file that the mutant names.
func (t tree) edit(m mutant) error {
	name := filepath.Join(string(t), m.file)
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		return fmt.Errorf("%q occurs %d times in %s", m.old, n, m.file)
	}
	return os.WriteFile(name, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o600)
}

// run runs a command in the tree. Its output is that of both streams.
func (t tree) run(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = filepath.Join(string(t), dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// translate writes the Gallina of the tree's kernel with the tree's translator. What is the same stays untouched, and so compiled.
func (t tree) translate() error {
	cmd := exec.Command("go", "run", "./formal/gorocq", "./kernel")
	cmd.Dir = string(t)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("translate: %w", err)
	}
	name := filepath.Join(string(t), "formal/extracted/Kernel.v")
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, out) {
		return nil
	}
	return os.WriteFile(name, out, 0o600)
}

// firstLine finds the first line of an output that has one of the marks.
func firstLine(out string, marks ...string) string {
	for line := range strings.Lines(out) {
		for _, mark := range marks {
			if strings.Contains(line, mark) {
				return strings.TrimSpace(line)
			}
		}
	}
	return "no output"
}
