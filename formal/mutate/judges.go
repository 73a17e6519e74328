package main

import (
	"fmt"
	"strings"
)

// byKernelTests runs the plain tests of the kernel, the quickest first.
func byKernelTests(t tree, _ mutant) (string, error) {
	for _, tests := range [][]string{
		{"./kernel/kerneltest", "-run", "Reference"},
		{"./kernel", "-skip", "Allocations"},
		{"./kernel/kerneltest", "-skip", "Reference"},
		{"./kernel/ordered"},
	} {
		out, err := t.run(".", "go", append([]string{"test", "-vet=off", "-count=1", "-failfast"}, tests...)...)
		if strings.Contains(out, "[build failed]") {
			return "", fmt.Errorf("it does not compile: %s", firstLine(out, ".go:"))
		}
		if err != nil {
			return strings.TrimPrefix(firstLine(out, "--- FAIL", "panic:"), "--- FAIL: "), nil
		}
	}
	return "", nil
}

// byReference translates with the mutated translator, and asks types, the reference program and the proofs.
func byReference(t tree, _ mutant) (string, error) {
	if out, err := t.run(".", "go", "vet", "./formal/gorocq"); err != nil {
		return "", fmt.Errorf("it does not compile: %s", firstLine(out, ".go:"))
	}
	if err := t.translate(); err != nil {
		return "the translator refuses the kernel", nil
	}
	if out, err := t.run("formal", "make", "extracted/Kernel.vo"); err != nil {
		return "types: " + firstLine(out, "Error:"), nil
	}
	if out, err := t.run("formal", "make", "reference/reference"); err != nil {
		return "OCaml: " + firstLine(out, "Error"), nil
	}
	if out, err := t.run(".", "go", "test", "-count=1", "-tags", "reference", "./formal/reference"); err != nil {
		return "stream: " + firstLine(out, "--- FAIL"), nil
	}
	if out, err := t.run("formal", "make"); err != nil {
		return "proofs: " + firstLine(out, "File "), nil
	}
	return "", nil
}

// byProof compiles the file of the theorem, or of all for the control, against the mutated kernel.
func byProof(t tree, m mutant) (string, error) {
	if out, err := t.run(".", "go", "vet", "./kernel"); err != nil {
		return "", fmt.Errorf("it does not compile: %s", firstLine(out, ".go:"))
	}
	if err := t.translate(); err != nil {
		return "", err
	}
	if out, err := t.run("formal", "make", "extracted/Kernel.vo"); err != nil {
		return "", fmt.Errorf("it has no types: %s", firstLine(out, "Error"))
	}
	target := "all"
	if m.theorem != "" {
		path := strings.Split(strings.TrimPrefix(m.theorem, "Argus."), ".")
		target = strings.Join(path[:len(path)-1], "/") + ".vo"
	}
	if out, err := t.run("formal", "make", target); err != nil {
		return m.theorem + ": " + firstLine(out, "File "), nil
	}
	return "", nil
}
