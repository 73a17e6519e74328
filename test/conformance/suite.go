package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// patience is how long one run of a scenario may take. The suite's own limits are below it.
const patience = 45 * time.Second

// suite is the installed package.
type suite struct {
	folder  string
	results string // folder for what it writes
}

// scenario is one that a revision of the protocol requires.
type scenario struct{ revision, name string }

// required are the scenarios that the suite scores, in its order.
type required struct{ server, client []scenario }

// revisions, with how many scenarios of servers each of them scores: a suite that scores others is not the one that was asked for.
var revisions = []struct {
	name   string
	scored int
}{{"2025-11-25", 30}, {"2026-07-28", 37}}

// scenarios reads the suite's lists of what each revision requires. Authorization is left out: Argus asks no server for any.
func (s suite) scenarios(only string) (wanted required, err error) {
	for _, revision := range revisions {
		text, err := os.ReadFile(filepath.Join(s.folder, "requirements", revision.name+".yaml"))
		if err != nil {
			return wanted, fmt.Errorf("read what %s requires: %w", revision.name, err)
		}
		lists := listsOf(string(text))
		if n := len(lists["server"]); n != revision.scored {
			return wanted, fmt.Errorf("the suite scores %d scenarios of %s, not %d", n, revision.name, revision.scored)
		}
		for _, name := range lists["server"] {
			if strings.Contains(name, only) {
				wanted.server = append(wanted.server, scenario{revision.name, name})
			}
		}
		for _, name := range lists["client"] {
			if strings.Contains(name, only) && !strings.HasPrefix(name, "auth/") {
				wanted.client = append(wanted.client, scenario{revision.name, name})
			}
		}
	}
	return wanted, nil
}

// listsOf reads lists of names from YAML in the one form that the suite's have: a key at the margin, and its names below it.
func listsOf(text string) map[string][]string {
	lists := map[string][]string{}
	key := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if name, is := strings.CutSuffix(line, ":"); is && !strings.HasPrefix(name, " ") {
			key = name
		}
		if name, is := strings.CutPrefix(line, "  - "); is {
			lists[key] = append(lists[key], name)
		}
	}
	return lists
}

// verdict is what came of one run.
type verdict struct {
	passed   bool
	leftOut  bool     // it was not run, since it would say nothing
	reason   string   // why not
	warnings []string // what the suite would rather have
}

// check is one of those that the suite writes into its results.
type check struct {
	ID           string `json:"id"`
	Status       string `json:"status"`
	ErrorMessage string `json:"errorMessage"`
}

// server has the suite judge a server.
func (s suite) server(ctx context.Context, sc scenario, url string) verdict {
	return s.run(ctx, sc, "server", "--url", url)
}

// client has the suite judge a client, which it runs by a command.
func (s suite) client(ctx context.Context, sc scenario, command string) verdict {
	return s.run(ctx, sc, "client", "--command", command, "--timeout", fmt.Sprint((patience - 5*time.Second).Milliseconds()))
}

func (s suite) run(ctx context.Context, sc scenario, mode string, more ...string) verdict {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	folder, err := os.MkdirTemp(s.results, "run")
	if err != nil {
		return verdict{reason: err.Error()}
	}
	defer os.RemoveAll(folder)
	results := results(folder)
	args := append([]string{filepath.Join(s.folder, "dist", "index.js"), mode, "--scenario", sc.name, "--spec-version", sc.revision, "-o", folder}, more...)
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Env = append(os.Environ(), "NODE_COMPILE_CACHE="+filepath.Join(s.results, "cache"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		return verdict{reason: fmt.Sprintf("it did not end within %v", patience)}
	}
	checks, unread := results.checks()
	if unread != nil {
		return verdict{reason: fmt.Sprintf("%v: %s", errors.Join(unread, err), tail(said.String()))}
	}
	v := verdictOf(checks)
	if v.passed && err != nil {
		return verdict{reason: fmt.Sprintf("the suite says %v: %s", err, tail(said.String())), warnings: v.warnings}
	}
	if said, err := results.file("stderr.txt"); !v.passed && err == nil && len(said) > 0 {
		v.reason += "; the client said: " + tail(string(said))
	}
	return v
}

// results is the folder that the suite writes of one run. In it is one folder, whose name has the time in it; the name of a scenario may
// have a slash.
type results string

func (r results) file(name string) ([]byte, error) {
	for _, depth := range []string{"*", "*/*"} {
		if found, err := filepath.Glob(filepath.Join(string(r), depth, name)); err == nil && len(found) == 1 {
			return os.ReadFile(found[0])
		}
	}
	return nil, fmt.Errorf("the suite wrote no %s", name)
}

func (r results) checks() (checks []check, err error) {
	text, err := r.file("checks.json")
	if err != nil {
		return nil, err
	}
	return checks, json.Unmarshal(text, &checks)
}

// verdictOf judges by the checks. A run that checked nothing has not passed.
func verdictOf(checks []check) verdict {
	v := verdict{reason: "the suite checked nothing"}
	succeeded := false
	for _, c := range checks {
		switch c.Status {
		case "SUCCESS":
			succeeded = true
		case "WARNING":
			v.warnings = append(v.warnings, c.text())
		case "FAILURE":
			return verdict{reason: c.text()}
		}
	}
	if v.passed = succeeded; succeeded {
		v.reason = ""
	}
	return v
}

func (c check) text() string { return c.ID + ": " + tail(c.ErrorMessage) }

// tail is the end of what was said, on one line.
func tail(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	const most = 600
	if len(text) > most {
		text = "…" + text[len(text)-most:]
	}
	return text
}
