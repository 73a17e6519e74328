// Mutate breaks the project on purpose, one small edit at a time, and demands that something notices. Three tables:
//
//	kernel      edits of the kernel's Go, which its plain tests must catch, without Rocq and OCaml
//	translator  edits of formal/gorocq, which Gallina's types, the reference program or the proofs must catch
//	proofs      one edit of the kernel's Go for each theorem, which falsifies it: the proof must fail, and on the proof,
//	            for the edited kernel is still translated and typed
//
// It works on copies, prints a line for each edit, and fails if one survives.
package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

// mutant is one edit: in a file, a text that occurs once and what stands there instead.
type mutant struct {
	name, file, old, new string
	theorem              string // whose proof must fail; of the table proofs
}

// judge runs what should notice a mutant in a tree, and tells what did. An error means that the mutant tests nothing.
type judge func(t tree, m mutant) (caught string, err error)

var tables = map[string]struct {
	mutants []mutant
	judge   judge
}{
	"kernel":     {kernelMutants, byKernelTests},
	"translator": {translatorMutants, byReference},
	"proofs":     {proofMutants, byProof},
}

func main() {
	if len(os.Args) < 2 || tables[os.Args[1]].judge == nil {
		fmt.Fprintln(os.Stderr, "usage: mutate kernel|translator|proofs [NAME]")
		os.Exit(2)
	}
	table := tables[os.Args[1]]
	// The control: what is not mutated passes. Otherwise everything would seem to be caught.
	if caught, err := try(mutant{}, table.judge); caught != "" || err != nil {
		fmt.Fprintln(os.Stderr, "mutate: without any edit:", caught, err)
		os.Exit(1)
	}
	only := strings.Join(os.Args[2:], " ")
	survived, tried := 0, 0
	var out sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan struct{}, 2)
	for _, m := range table.mutants {
		if only != "" && m.name != only {
			continue
		}
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			caught, err := try(m, table.judge)
			out.Lock()
			defer out.Unlock()
			tried++
			switch {
			case err != nil:
				survived++
				fmt.Printf("%-44s NOT A MUTANT: %v\n", m.name, err)
			case caught == "":
				survived++
				fmt.Printf("%-44s SURVIVED\n", m.name)
			default:
				fmt.Printf("%-44s %s\n", m.name, caught)
			}
		})
	}
	wait.Wait()
	fmt.Printf("%s: %d mutants, %d caught\n", os.Args[1], tried, tried-survived)
	if survived > 0 || tried == 0 {
		os.Exit(1)
	}
}

// try makes a tree with one edit, or none, and has it judged.
func try(m mutant, by judge) (string, error) {
	t, err := newTree()
	if err != nil {
		return "", err
	}
	defer t.remove()
	if m.file != "" {
		if err := t.edit(m); err != nil {
			return "", err
		}
	}
	return by(t, m)
}
