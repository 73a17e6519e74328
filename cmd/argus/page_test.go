package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"argus/cmd/argus/internal/demo"
	"argus/cmd/argus/internal/setup"
	"argus/host/front/operator"
)

var update = flag.Bool("update", false, "write docs/cli.md anew")

// TestThePageOfCommandsIsFresh holds docs/cli.md to what the commands say of themselves.
func TestThePageOfCommandsIsFresh(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "cli.md")
	want := page()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/cli.md is not what the commands say: make docs")
	}
}

// TestEveryCommandShowsHowItIsUsed keeps commands without an example, or with a flag that tells nothing, from being added.
func TestEveryCommandShowsHowItIsUsed(t *testing.T) {
	each(newRoot(&console{}), func(cmd *cobra.Command) {
		if cmd.Hidden {
			return // no person calls it
		}
		if cmd.Short == "" || !cmd.HasSubCommands() && !strings.Contains(cmd.Example, cmd.CommandPath()) {
			t.Errorf("%s has no summary or no example", cmd.CommandPath())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s tells nothing", cmd.CommandPath(), f.Name)
			}
		})
	})
}

// TestEveryCommandAnswersInJSON but those that have no answer: two that run until they are ended, and two that write for other programs.
func TestEveryCommandAnswersInJSON(t *testing.T) {
	silent := map[string]bool{"argus serve": true, "argus connect": true, "argus man": true, "argus completion": true}
	told := map[string]bool{}
	for _, d := range documents {
		told[d.command] = true
	}
	each(newRoot(&console{}), func(cmd *cobra.Command) {
		path := cmd.CommandPath()
		if cmd.Hidden {
			return
		}
		if has := cmd.Flags().Lookup("json") != nil; has == (cmd.HasSubCommands() || silent[path]) {
			t.Errorf("%s: --json is %v", path, has)
		} else if has && !told[path] {
			t.Errorf("%s: nothing says what --json prints", path)
		}
	})
}

func page() []byte {
	var out bytes.Buffer
	out.WriteString("<!-- Written by the test of cmd/argus from the commands themselves; `make docs` writes it anew. -->\n\n# The command argus\n")
	each(newRoot(&console{}), func(cmd *cobra.Command) {
		if !cmd.Hidden {
			describe(&out, cmd)
		}
	})
	out.WriteString("\n## What --json prints\n\nOne document; `argus watch`, `argus audit query` and `argus audit tail` one on each line. Every field is always there. A list is never null; a number that\nthere is none of is, and so is what was not found.\n\n")
	for _, d := range documents {
		fmt.Fprintf(&out, "- `%s`: %s\n", d.command, fields(reflect.TypeOf(d.of)))
	}
	return out.Bytes()
}

// documents are what the commands print with --json.
var documents = []struct {
	command string
	of      any
}{
	{"argus status", operator.Status{}},
	{"argus watch", operator.Happening{}},
	{"argus tools", toolsDocument{}},
	{"argus agent list", agentsDocument{}},
	{"argus agent new", agentDocument{}},
	{"argus agent fresh", freshDocument{}},
	{"argus agent show", shownDocument{}},
	{"argus agent tree", treeDocument{}},
	{"argus agent token", credentialDocument{}},
	{"argus agent revoke", revokedDocument{}},
	{"argus explain", operator.Explanation{}},
	{"argus registry pin", pinned{}},
	{"argus doctor", doctorDocument{}},
	{"argus service print", serviceDocument{}},
	{"argus service install", serviceDocument{}},
	{"argus service uninstall", serviceDocument{}},
	{"argus uninstall", removedDocument{}},
	{"argus audit query", operator.AuditEvent{}},
	{"argus audit tail", operator.AuditEvent{}},
	{"argus audit verify", verified{}},
	{"argus policy test", verdictsDocument{}},
	{"argus plugin list", pluginsDocument{}},
	{"argus plugin pin", pluginDocument{}},
	{"argus plugin new", madeDocument{}},
	{"argus plugin test", requirementsDocument{}},
	{"argus demo", demo.Summary{}},
	{"argus config show", settingsDocument{}},
	{"argus init", setup.Made{}},
	{"argus version", versionDocument{}},
}

// fields names what a document of the type has. above are the types that it is in: what holds its like is not told again.
func fields(t reflect.Type, above ...reflect.Type) string {
	var names []string
	for f := range t.Fields() {
		key := f.Tag.Get("json")
		switch {
		case f.Anonymous:
			names = append(names, fields(f.Type, above...))
			continue
		case key == "" || key == "-":
			continue
		}
		name := "`" + key + "`"
		if f.Type.Kind() == reflect.Slice {
			of := f.Type.Elem()
			if of.Kind() == reflect.Pointer {
				of = of.Elem()
			}
			switch {
			case slices.Contains(append(above, t), of):
				name += " (a list of the same)"
			case of.Kind() == reflect.Struct:
				name += " (a list of: " + fields(of, append(above, t)...) + ")"
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

func describe(out *bytes.Buffer, cmd *cobra.Command) {
	fmt.Fprintf(out, "\n## %s\n\n%s.\n", cmd.CommandPath(), cmd.Short)
	if cmd.Long != "" {
		fmt.Fprintf(out, "\n%s\n", cmd.Long)
	}
	if cmd.HasSubCommands() {
		out.WriteString("\n")
		for _, sub := range cmd.Commands() {
			if !sub.Hidden {
				fmt.Fprintf(out, "- `%s`: %s\n", sub.CommandPath(), sub.Short)
			}
		}
	} else {
		fmt.Fprintf(out, "\n```\n%s\n```\n", cmd.UseLine())
	}
	if cmd.Example != "" {
		fmt.Fprintf(out, "\nExamples:\n\n```\n%s\n```\n", unindented(cmd.Example))
	}
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(out, "\n```\n%s```\n", flags.FlagUsages())
	}
}

func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}
