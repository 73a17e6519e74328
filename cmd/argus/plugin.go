package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/setup"
	"argus/host/catalog"
)

const pluginDirUsage = "`folder` of the plugins (default plugins beside the argus program)"

// pluginDir is the folder that a flag names, or the one beside the program.
func pluginDir(flag string) (string, error) {
	if flag != "" {
		return filepath.Abs(flag)
	}
	program, err := os.Executable()
	if err == nil {
		program, err = filepath.EvalSymlinks(program)
	}
	if err != nil {
		return "", fmt.Errorf("find the folder of the plugins: %w; name it with --plugin-dir", err)
	}
	return filepath.Join(filepath.Dir(program), "plugins"), nil
}

func newPlugin(c *console) *cobra.Command {
	return group("plugin", "Look at the programs that Argus trusts, pin them, and write new ones", newPluginList(c), newPluginPin(c), newPluginNew(c), newPluginTest(c), newPluginProbe())
}

func newPluginPin(c *console) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "pin NAME",
		Short: "Print the line that pins a plugin as it is now",
		Long: `Prints the line for argus.toml that lets the daemon run this very file. Pin a file only if you know where it came from: the daemon
trusts a plugin with everything that its kind decides.`,
		Example: `  argus plugin pin oracle-cedar
  argus plugin pin argus-confine --plugin-dir bin/plugins`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if name != filepath.Base(name) {
				return usage(cmd, "NAME is a file in the plugin folder, without a path: see --plugin-dir")
			}
			folder, err := pluginDir(dir)
			if err != nil {
				return err
			}
			sum, err := catalog.Pin(filepath.Join(folder, name))
			if err != nil {
				return fmt.Errorf("%w; say with --plugin-dir where the plugins lie", err)
			}
			if asJSON {
				return c.document(pluginDocument{name, sum})
			}
			c.printf("%s\n", pinLine(name, sum))
			return nil
		},
	}
	cmd.ValidArgsFunction = pluginFiles(&dir)
	cmd.Flags().StringVar(&dir, "plugin-dir", "", pluginDirUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}

type pluginDocument struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// pinLine is a line of the [[plugin]] table; the helper is pinned in the settings of the plugin that names it.
func pinLine(name, sum string) string {
	if name == setup.Helper {
		return fmt.Sprintf("settings = { helper_sha256 = %q }", sum)
	}
	return fmt.Sprintf("sha256 = %q", sum)
}
