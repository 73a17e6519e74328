package main

import (
	"errors"
	"slices"
	"strings"

	"argus/host"
	"argus/internal/ijson"
	"argus/internal/tomlpos"
)

// The verdicts that a case can expect.
const (
	allowed = "allowed"
	refused = "refused"
)

const maxCases = 4096

// expectation is a case, and how it is to be judged.
type expectation struct {
	host.Case
	file, name, expect, rule string
	line                     int
}

type casesFile struct {
	Cases []tomlpos.Value[caseTable] `toml:"case"`
}

type caseTable struct {
	Name         tomlpos.Value[string]   `toml:"name"`
	Agent        tomlpos.Value[string]   `toml:"agent"`
	Level        tomlpos.Value[string]   `toml:"level"`
	Integrity    tomlpos.Value[string]   `toml:"integrity"`
	Capabilities *[]string               `toml:"capabilities"`
	Open         []tomlpos.Value[string] `toml:"open"`
	Call         tomlpos.Value[string]   `toml:"call"`
	Egress       tomlpos.Value[string]   `toml:"egress"`
	Arguments    tomlpos.Value[string]   `toml:"arguments"`
	Expect       tomlpos.Value[string]   `toml:"expect"`
	Rule         tomlpos.Value[string]   `toml:"rule"`
}

// readCases reads files of cases. All mistakes of all files are told together.
func readCases(files []string) ([]expectation, error) {
	var cases []expectation
	var wrong tomlpos.Problems
	for _, file := range files {
		text, err := tomlpos.ReadFile(file)
		if err != nil {
			return nil, err
		}
		doc, problems := tomlpos.Parse(file, text)
		wrong = append(wrong, problems...)
		if doc == nil {
			continue
		}
		var read casesFile
		wrong = append(wrong, doc.Decode(&read)...)
		for _, table := range read.Cases {
			e, problems := expectationOf(file, table)
			cases, wrong = append(cases, e), append(wrong, problems...)
		}
	}
	switch {
	case len(wrong) > 0:
		return nil, wrong.Sorted().Err()
	case len(cases) == 0:
		return nil, errors.New("there is no [[case]] in what was named")
	case len(cases) > maxCases:
		return nil, errors.New("more than 4096 cases: name fewer files at once")
	}
	return cases, nil
}

func expectationOf(file string, table tomlpos.Value[caseTable]) (expectation, tomlpos.Problems) {
	t := table.V
	var wrong tomlpos.Problems
	e := expectation{file: file, line: table.At.Line, name: t.Name.V, expect: t.Expect.V, rule: t.Rule.V}
	if e.name == "" {
		e.name = t.Call.V + t.Egress.V
	}
	if e.Principal = t.Agent.V; e.Principal == "" {
		e.Principal = "agent"
	}
	var level, integrity bool
	if e.Met, level, integrity = host.Exposure(t.Level.V, t.Integrity.V); !level {
		wrong.Add(t.Level.At, "write one of public, internal, sensitive, restricted", "this is no level")
	}
	if !integrity {
		wrong.Add(t.Integrity.At, "write one of untrusted, observed, verified, proven", "this is no integrity")
	}
	if t.Capabilities != nil {
		e.Capabilities = append([]string{}, *t.Capabilities...)
	}
	for _, tool := range t.Open {
		e.Open = append(e.Open, host.Invocation{Tool: tool.V})
	}
	e.Call.Tool, e.Egress = t.Call.V, t.Egress.V
	if (e.Call.Tool == "") == (e.Egress == "") {
		wrong.Add(table.At, "", "a case is about a call or an egress")
	}
	if t.Arguments.Set() {
		var err error
		if e.Call.Arguments, err = ijson.ParseString(t.Arguments.V, ijson.AtMost(tomlpos.MaxBytes)); err != nil || e.Call.Arguments.Kind() != ijson.Object {
			wrong.Add(t.Arguments.At, `write arguments = '{"name": "value"}'`, "the arguments are no JSON object")
		}
	}
	if !slices.Contains([]string{allowed, refused}, e.expect) {
		wrong.Add(table.At, "", "expect is to be %s", strings.Join([]string{allowed, refused}, " or "))
	}
	if e.rule != "" && e.expect != refused {
		wrong.Add(t.Rule.At, "", "only a refusal has a rule")
	}
	return e, wrong
}
