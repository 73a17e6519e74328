package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// attack is one way and how it is tried. Its control is the same way used by whoever may use it.
type attack struct {
	way  string // what goes which way
	path string
	mix  string // the era of the agent, and the server
	try  func(ctx context.Context, h *house) (leaked, control bool, err error)
}

// row is what became of an attack.
type row struct {
	Way     string `json:"way"`
	Path    string `json:"path"`
	Mix     string `json:"mix"`
	Verdict string `json:"verdict"`
	Control bool   `json:"control"`
	Reason  string `json:"reason,omitempty"`
}

// Verdicts of an attack. One that could not be tried is never a pass.
const (
	blocked = "blocked"
	leaked  = "LEAKED"
	untried = "NOT TRIED"
)

// table is what became of all attacks.
type table struct {
	Rows     []row `json:"rows"`
	Paths    int   `json:"paths"`
	Blocked  int   `json:"blocked"`
	Leaked   int   `json:"leaked"`
	Controls int   `json:"controls_ok"`
}

func (t *table) add(a attack, out, control bool, err error) row {
	r := row{Way: a.way, Path: a.path, Mix: a.mix, Verdict: blocked, Control: control}
	switch {
	case err != nil:
		r.Verdict, r.Reason, r.Control = untried, err.Error(), false
	case out:
		r.Verdict = leaked
		t.Leaked++
	default:
		t.Blocked++
	}
	if r.Control {
		t.Controls++
	}
	t.Paths++
	t.Rows = append(t.Rows, r)
	return r
}

// sound reports whether every attack was tried and blocked, and every control worked.
func (t table) sound() bool { return t.Paths > 0 && t.Blocked == t.Paths && t.Controls == t.Paths }

func (t table) print(w io.Writer) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "way\tpath\tagent → server\tattack\tcontrol\t")
	for _, r := range t.Rows {
		control := "ok"
		if !r.Control {
			control = "FAILED"
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Way, r.Path, r.Mix, r.Verdict, control, r.Reason)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "channels: %d paths, %d blocked, %d leaked, %d of %d controls ok\n", t.Paths, t.Blocked, t.Leaked, t.Controls, t.Paths)
	return err
}

func (t table) json(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(t)
}
