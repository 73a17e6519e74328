package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// closedAnswer is what Print Assumptions says of a theorem that rests on nothing.
const closedAnswer = "Closed under the global context"

// readTheorems reads the full names of the theorems that formal/README.md promises, one a line.
func readTheorems(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	theorems := strings.Fields(string(text))
	if len(theorems) == 0 {
		return nil, fmt.Errorf("%s names no theorem", file)
	}
	return theorems, nil
}

// paths are the options that tell Rocq where the layers are.
func paths() ([]string, error) {
	text, err := os.ReadFile("_CoqProject")
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(text)), nil
}

// mark is put before each answer, so that answers can be told apart.
const mark = "theorem "

// assumptions asks Rocq what each theorem rests on.
func assumptions(theorems []string) (map[string]string, error) {
	options, err := paths()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "audit")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var question strings.Builder
	for _, t := range theorems {
		module := t[:max(0, strings.LastIndex(t, "."))]
		fmt.Fprintf(&question, "Require %s.\nGoal True. idtac \"%s%s\". exact I. Qed.\nPrint Assumptions %s.\n", module, mark, t, t)
	}
	file := filepath.Join(dir, "Audit.v")
	if err := os.WriteFile(file, []byte(question.String()), 0o600); err != nil {
		return nil, err
	}
	out, err := exec.Command("coqc", append(options, file)...).Output()
	if err != nil {
		return nil, fmt.Errorf("ask what theorems rest on: %w", failure(err))
	}
	answers := map[string]string{}
	for _, part := range strings.Split(string(out), mark)[1:] {
		theorem, answer, _ := strings.Cut(part, "\n")
		answers[theorem] = strings.Join(strings.Fields(answer), " ")
	}
	return answers, nil
}

// failure is an error with what the program wrote about it.
func failure(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return err
}

// none is how coqchk says that it found nothing of a kind.
var none = regexp.MustCompile(`(?m)^\* (Axioms|Constants/Inductives relying on type-in-type|Constants/Inductives relying on unsafe \(co\)fixpoints|Inductives whose positivity is assumed): <none>$`)

// rechecked reads what coqchk said of every compiled file and of all of the library that they rest on.
func rechecked(file string) error {
	out, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	fmt.Print(string(out))
	if n := len(none.FindAll(out, -1)); n != 4 {
		return errors.New("coqchk lists axioms, or checks that were turned off")
	}
	return nil
}
