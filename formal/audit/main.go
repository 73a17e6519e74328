// Audit tells whether everything in formal/ is proved. It runs in formal/ after the proofs were compiled and checked by
// coqchk, whose report is in .checked.
//
// It trusts Rocq: that a compiled theorem was proved, that Print Assumptions names what it rests on, and that coqchk
// checks the compiled files again. What it looks for itself is what Rocq accepts without complaint: a proof that was
// admitted, an axiom outside the interfaces, a check that was turned off, a theorem of the list that is not there.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "formal:", err)
		os.Exit(1)
	}
}

func run() error {
	sources, err := filepath.Glob("*/*.v")
	if err != nil {
		return err
	}
	open := 0
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, f := range leaks(string(text)) {
			fmt.Fprintf(os.Stderr, "%s:%d: %s\n", name, f.line, f.word)
			open++
		}
	}
	theorems, err := readTheorems("theorems.txt")
	if err != nil {
		return err
	}
	closed, err := assumptions(theorems)
	if err != nil {
		return err
	}
	for _, t := range theorems {
		if closed[t] != closedAnswer {
			open++
		}
		fmt.Printf("%s: %s\n", t, closed[t])
	}
	if err := rechecked(".checked"); err != nil {
		return err
	}
	if open > 0 {
		return fmt.Errorf("%d open", open)
	}
	fmt.Printf("formal: %d theorems closed, 0 open, extracted current\n", len(theorems))
	return nil
}
