package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"argus/cmd/argus/internal/show"
	"argus/host"
)

func newMan(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "man FOLDER",
		Short: "Write the manual pages, one for each command",
		Long: `Writes the manual pages into a folder, which is made if it is missing; pages of an earlier version are replaced. man finds them in a folder
man1 of its path. For completion of commands, flags and names in your shell see argus completion --help.`,
		Example: `  argus man ~/.local/share/man/man1
  argus man /usr/local/share/man/man1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("make the folder of the manual: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			each(root, func(cmd *cobra.Command) { cmd.Long = markdown(cmd.Long) })
			header := &doc.GenManHeader{Section: "1", Source: "Argus " + host.Version, Manual: "Argus"}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return fmt.Errorf("write the manual: %w", err)
			}
			c.printf("the manual is in %s: man -l %[1]s/argus.1\n", show.Plain(args[0]))
			return nil
		},
	}
}

// marks are what Markdown, which the pages are made from, would take for its own.
var marks = strings.NewReplacer("\\", "\\\\", "_", "\\_", "*", "\\*", "`", "\\`", "[", "\\[", "<", "\\<", "#", "\\#")

// markdown has a text mean in Markdown what it says: lines that are set in are shown as they stand.
func markdown(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if shown, is := strings.CutPrefix(line, "  "); is {
			out.WriteString("    " + shown)
		} else {
			out.WriteString(marks.Replace(line))
		}
	}
	return out.String()
}
