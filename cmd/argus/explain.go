package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

// maxArguments is the most that the daemon reads.
const maxArguments = 4 << 20

func newExplain(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain REFERENCE | AGENT TOOL [ARGUMENTS]",
		Short: "Tell why a call was refused, or how one would be judged now",
		Long: `With a REFERENCE, as an agent is told it with a refusal: what was refused, why, and what a person could do.

With an AGENT (its name, or the id of a context), a TOOL (its name toward agents) and the call's ARGUMENTS (JSON, @FILE, or - for standard
input; {} unless given): how the call would be judged now. Nothing is called or recorded. Exit code 3 when it would be refused.`,
		Example: `  argus explain R-7QJ2M4KX
  argus explain assistant notes__send '{"to": "a@example.org"}'
  argus explain assistant notes__send @call.json --json`,
		Args: cobra.RangeArgs(1, 3),
	}
	at := newPlace(cmd)
	cmd.ValidArgsFunction = knownAgents(at)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		question, err := explainQuestion(c, args)
		if err != nil {
			return err
		}
		said, err := ask(at, question)
		if err != nil {
			return err
		}
		if asJSON {
			err = c.document(said)
		} else {
			writeExplanation(c, said)
		}
		if err == nil && len(args) > 1 && !said.Allowed {
			return errRefused
		}
		return err
	}
	return cmd
}

func explainQuestion(c *console, args []string) (func(context.Context, *operator.Client) (operator.Explanation, error), error) {
	if len(args) == 1 {
		return func(ctx context.Context, d *operator.Client) (operator.Explanation, error) {
			return d.Explain(ctx, args[0])
		}, nil
	}
	arguments, err := readArguments(c, append(args, "{}")[2])
	return func(ctx context.Context, d *operator.Client) (operator.Explanation, error) {
		return d.DryRun(ctx, args[0], args[1], arguments)
	}, err
}

// readArguments takes JSON as it is, from a file, or from standard input. The daemon reads it, strictly.
func readArguments(c *console, given string) (string, error) {
	from := io.Reader(c.in)
	if file, named := strings.CutPrefix(given, "@"); named {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read the arguments: %w", err)
		}
		defer f.Close()
		from = f
	} else if given != "-" {
		return given, nil
	}
	text, err := io.ReadAll(io.LimitReader(from, maxArguments+1))
	if err == nil && len(text) > maxArguments {
		err = fmt.Errorf("they are longer than %d bytes", maxArguments)
	}
	if err != nil {
		return "", fmt.Errorf("read the arguments: %w", err)
	}
	return string(text), nil
}

func writeExplanation(c *console, e operator.Explanation) {
	verdict := c.paint.Paint(show.Bad, "refused")
	if e.Allowed {
		verdict = c.paint.Paint(show.Good, "allowed")
	}
	c.printf("%s  %s\n\n", verdict, show.Plain(e.Sentence))
	for _, field := range [][2]string{
		{"reference", e.Reference}, {"rule", e.Rule}, {"agent", strings.Trim(e.Principal+", "+e.Agent, ", ")}, {"tool", e.Tool},
		{"arguments", e.ArgumentsDigest}, {"exposure", strings.Trim(e.Level+", "+e.Integrity, ", ")}, {"time", e.Time}, {"theory", e.Theory},
	} {
		if field[1] != "" {
			c.printf("%-10s %s\n", field[0], show.Plain(field[1]))
		}
	}
	if e.Count > 1 {
		c.printf("%-10s %d in that minute\n", "times", e.Count)
	}
	bullets(c, "why", e.Causes)
	bullets(c, "what you could do", e.Remedies)
}
