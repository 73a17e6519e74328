package main

import (
	"errors"
	"fmt"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host"
)

func newPolicy(c *console) *cobra.Command {
	return group("policy", "Try policies before agents do", newPolicyTest(c))
}

type policyTestFlags struct {
	pluginDir string
	json      bool
}

func newPolicyTest(c *console) *cobra.Command {
	var f policyTestFlags
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "Judge the calls of a file as they would be judged, and compare",
		Long: `Judges each case of the files by the policies, the registry and the flow table of the configuration, with the real oracle and registry plugins
and the kernel. No daemon is needed, no server is started, nothing is recorded. Arguments are not held against the schemas of tools, which only
their servers and programs know. Exit code 1 when a verdict is not the expected one.

A case is a table of a TOML file:

  [[case]]
  name = "no mail after the database"
  agent = "assistant"              # the name of the agent
  level = "sensitive"              # what it has met; public unless said
  integrity = "verified"           # proven unless said
  capabilities = ["network_egress"] # every one unless said
  open = ["db__read-db"]           # calls that are under way
  call = "mail__send-email"        # the tool's name toward agents, or
  # call = "program/bash"          # a tool that the [[client]] of the agent runs itself, or
  # egress = "vendor"              # an [upstream.NAME] of the configuration
  arguments = '{"to": "a@example.org"}'
  expect = "refused"               # or allowed
  rule = "2a"                      # of the refusal; any unless said, but that of an unknown name`,
		Example: `  argus policy test cases.toml
  argus policy test cases/*.toml --plugin-dir bin/plugins --json`,
		Args: cobra.MinimumNArgs(1),
	}
	newPlace(cmd)
	cmd.Flags().StringVar(&f.pluginDir, "plugin-dir", "", pluginDirUsage)
	cmd.Flags().BoolVar(&f.json, "json", false, "print the verdicts as JSON")
	cmd.RunE = func(cmd *cobra.Command, files []string) error { return f.run(cmd, c, files) }
	return cmd
}

// judged is what --json tells of one case.
type judged struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Name     string   `json:"name"`
	Expected string   `json:"expected"`
	Verdict  string   `json:"verdict"`
	Rule     string   `json:"rule"` // of a refusal
	Sentence string   `json:"sentence"`
	Causes   []string `json:"causes"`
	OK       bool     `json:"ok"`
}

type verdictsDocument struct {
	Cases []judged `json:"cases"`
}

func (f *policyTestFlags) run(cmd *cobra.Command, c *console, files []string) error {
	loaded, err := load(cmd)
	if err != nil {
		return err
	}
	folder, err := pluginDir(f.pluginDir)
	if err != nil {
		return err
	}
	expected, err := readCases(files)
	if err != nil {
		return err
	}
	cases := make([]host.Case, len(expected))
	for i, e := range expected {
		cases[i] = e.Case
	}
	verdicts, err := host.Rehearse(cmd.Context(), host.Options{Config: loaded, PluginDir: folder, Logger: hclog.NewNullLogger()}, cases)
	if impossible, is := errors.AsType[*host.Impossible](err); is {
		at := expected[impossible.Case]
		return fmt.Errorf("%s:%d: %w", at.file, at.line, impossible)
	}
	if err != nil {
		return err
	}
	results, failed := []judged{}, 0
	for i, v := range verdicts {
		result := expected[i].compare(v)
		if results = append(results, result); !result.OK {
			failed++
		}
	}
	if f.json {
		err = c.document(verdictsDocument{results})
	} else {
		tellVerdicts(c, results, failed)
	}
	if err == nil && failed > 0 {
		err = errTold
	}
	return err
}

// compare holds a verdict to what was expected.
func (e expectation) compare(v host.Verdict) judged {
	j := judged{
		File: e.file, Line: e.line, Name: e.name, Expected: e.expect, Verdict: refused, Rule: v.Rule, Sentence: v.Sentence, Causes: append([]string{}, v.Causes...),
	}
	if v.Allowed {
		j.Verdict = allowed
	}
	if e.rule != "" {
		j.Expected += " by " + e.rule
	}
	j.OK = j.Verdict == e.expect && (e.rule == "" || e.rule == v.Rule)
	if v.Unknown && e.rule == "" && j.OK { // a name that was misspelt would be as expected for ever
		j.OK = false
		j.Causes = append(j.Causes, fmt.Sprintf("whatever the policies say: if it is what you mean, add rule = %q", v.Rule))
	}
	return j
}

func tellVerdicts(c *console, results []judged, failed int) {
	for _, j := range results {
		if j.OK {
			c.printf("%s  %s: %s\n", c.paint.Paint(show.Good, "ok  "), show.Plain(j.Name), j.was())
			continue
		}
		c.printf("%s  %s: %s, expected %s\n", c.paint.Paint(show.Bad, "FAIL"), show.Plain(j.Name), j.was(), j.Expected)
		c.printf("      %s:%d\n", show.Plain(j.File), j.Line)
		for _, cause := range j.Causes {
			c.printf("      - %s\n", show.Plain(cause))
		}
	}
	c.printf("%d cases, %d as expected\n", len(results), len(results)-failed)
}

func (j judged) was() string {
	if j.Verdict == allowed {
		return allowed
	}
	return fmt.Sprintf("%s by %s", refused, show.Plain(j.Rule))
}
