// Command argus runs the daemon and lets a person look into it and decide.
//
// It decides nothing about calls: it builds the host, or asks a running one through the operator's door. What it shows of servers and
// agents is untrusted text and comes out escaped. The operator key is read here, for one signature, and never leaves this process.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK      = 0
	exitError   = 1
	exitUsage   = 2
	exitRefused = 3 // a dry run was judged, and refused
)

// errRefused ends a command with exitRefused; what there is to say was said.
var errRefused = errors.New("refused")

// errTold ends a command with exitError; what there is to say was said.
var errTold = errors.New("told")

// usageError is a command line that cannot be right.
type usageError struct {
	error
	command string
}

func usage(cmd *cobra.Command, format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...), cmd.CommandPath()}
}

func main() { os.Exit(run(context.Background(), os.Args[1:])) }

func run(ctx context.Context, args []string) int {
	c := newConsole(os.Stdin, os.Stdout, os.Stderr)
	root := newRoot(c)
	begun := false
	each(root, func(cmd *cobra.Command) {
		run := cmd.RunE
		cmd.RunE = func(cmd *cobra.Command, args []string) error { begun = true; return run(cmd, args) }
	})
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !begun {
		err = usageError{err, cmd.CommandPath()} // cobra did not get as far as running the command
	}
	if err == nil {
		err = c.lost
	}
	return report(err)
}

func each(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, sub := range cmd.Commands() {
		each(sub, do)
	}
}

// report tells the error once, on standard error.
func report(err error) int {
	var wrong usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errRefused):
		return exitRefused
	case errors.Is(err, errTold):
		return exitError
	case errors.As(err, &wrong):
		fmt.Fprintf(os.Stderr, "argus: %s\nsee: %s --help\n", strings.TrimSpace(wrong.Error()), wrong.command)
		return exitUsage
	}
	fmt.Fprintf(os.Stderr, "argus: %s\n", err)
	return exitError
}
