package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host"
)

const maxSettingsFile = 1 << 20

// settingsTaken is the requirement that a plugin takes the settings that it is meant to run with.
const settingsTaken = "PLG-03"

type pluginTestFlags struct {
	kind, settings, change string
	json, log              bool
}

// requirement is what --json tells of one requirement.
type requirement struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	Outcome string `json:"outcome"`
	Why     string `json:"why"` // empty for a pass
}

type requirementsDocument struct {
	Holds        bool          `json:"holds"`
	Requirements []requirement `json:"requirements"`
}

func newPluginTest(c *console) *cobra.Command {
	var f pluginTestFlags
	cmd := &cobra.Command{
		Use:   "test --kind KIND BINARY",
		Short: "Hold a plugin in whatever language to the requirements of its kind",
		Long: `Starts the binary as the daemon would, once for each requirement of docs/plugin-author.md, and tells which hold. No configuration and no daemon are
needed. Settings are the JSON object that the plugin gets; relative paths in it start at the folder of the file. Exit code 1 when one does not hold.

Whether a plugin tells of changes can be tried only where --change names a program that makes one, such as one that edits a policy.`,
		Example: `  argus plugin test --kind oracle bin/plugins/oracle-cedar --settings cedar.json
  argus plugin test --kind oracle ./oracle-hours --json`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&f.kind, "kind", "", "`kind` of the plugin: "+strings.Join(host.TestedKinds(), ", "))
	cmd.Flags().StringVar(&f.settings, "settings", "", "`file` with the settings, as JSON (default none)")
	cmd.Flags().StringVar(&f.change, "change", "", "`program` that changes what the plugin decides by")
	cmd.Flags().BoolVar(&f.json, "json", false, "print what came of it as JSON")
	cmd.Flags().BoolVar(&f.log, "log", false, "show on standard error what the plugin logs")
	_ = cmd.MarkFlagRequired("kind")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(host.TestedKinds(), f.kind) {
			return usage(cmd, "there are no requirements for plugins of kind %q, only of %s", f.kind, strings.Join(host.TestedKinds(), ", "))
		}
		return f.run(cmd.Context(), c, args[0])
	}
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(host.TestedKinds(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *pluginTestFlags) run(ctx context.Context, c *console, binary string) error {
	candidate, err := f.candidate(binary)
	if err != nil {
		return err
	}
	if f.log {
		candidate.Logger = hclog.New(&hclog.LoggerOptions{Name: "plugin", Output: c.err, Level: hclog.Info})
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	document := requirementsDocument{Requirements: []requirement{}}
	document.Holds, err = host.Conform(ctx, candidate, func(r host.Finding) {
		if ctx.Err() != nil {
			return // what it was interrupted in says nothing of the plugin
		}
		one := requirement{r.ID, r.Text, string(r.Outcome), r.Why}
		if document.Requirements = append(document.Requirements, one); !f.json {
			tellRequirement(c, one)
		}
	})
	if err == nil && ctx.Err() != nil {
		err = errors.New("interrupted: not every requirement was tried")
	}
	if err != nil {
		return err
	}
	if f.json {
		err = c.document(document)
	} else {
		f.tellSum(c, document)
	}
	if err == nil && !document.Holds {
		err = errTold
	}
	return err
}

func (f *pluginTestFlags) candidate(binary string) (host.Candidate, error) {
	candidate := host.Candidate{Kind: f.kind, Binary: binary}
	program, err := os.Executable()
	if err == nil {
		program, err = filepath.EvalSymlinks(program)
	}
	if err != nil {
		return candidate, fmt.Errorf("find the program to run in a sandbox: %w", err)
	}
	candidate.Probe = []string{program, "plugin", "probe"}
	if f.change != "" {
		candidate.Change = f.runChange
	}
	if f.settings == "" {
		return candidate, nil
	}
	path, err := filepath.Abs(f.settings)
	if err != nil {
		return candidate, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return candidate, err
	}
	if info.Size() > maxSettingsFile {
		return candidate, fmt.Errorf("%s is longer than a plugin's settings can be", f.settings)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return candidate, err
	}
	var members map[string]json.RawMessage
	err = json.Unmarshal(text, &members)
	if err == nil && members == nil {
		err = errors.New("it is null")
	}
	if err != nil {
		return candidate, fmt.Errorf("%s holds no JSON object, which settings are: %w", f.settings, err)
	}
	candidate.Settings, candidate.ConfigFolder = string(text), filepath.Dir(path)
	return candidate, nil
}

func (f *pluginTestFlags) runChange(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, f.change).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", f.change, err, out)
	}
	return nil
}

// newPluginProbe is what the test of a sandbox runs inside it.
func newPluginProbe() *cobra.Command {
	return &cobra.Command{
		Use: "probe VERB", Short: "Try what a sandbox is to stop", Hidden: true, DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			os.Exit(host.RunProbe(args))
			return nil
		},
	}
}

func tellRequirement(c *console, f requirement) {
	c.printf("%-11s %s  %s\n", f.Outcome, f.ID, show.Plain(f.Text))
	if f.Why != "" {
		c.printf("%s", show.Block(f.Why, strings.Repeat(" ", 20)))
	}
}

// tellSum tells how many requirements ended how, and what a person may have left out.
func (f *pluginTestFlags) tellSum(c *console, d requirementsDocument) {
	var outcomes []string
	counts := map[string]int{}
	for _, r := range d.Requirements {
		if counts[r.Outcome]++; counts[r.Outcome] == 1 {
			outcomes = append(outcomes, r.Outcome)
		}
		if r.ID == settingsTaken && r.Outcome == host.Failed && f.settings == "" {
			c.tell("it was started without settings: name a file with --settings\n")
		}
	}
	for i, outcome := range outcomes {
		outcomes[i] = fmt.Sprint(counts[outcome], " ", outcome)
	}
	holds := "it holds"
	if !d.Holds {
		holds = "it does not hold"
	}
	c.printf("\n%s: %s\n", holds, strings.Join(outcomes, ", "))
}
