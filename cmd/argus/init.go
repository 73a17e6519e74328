package main

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/setup"
	"argus/cmd/argus/internal/show"
	"argus/host/config"
	"argus/host/upstream"
)

type initFlags struct {
	pluginDir, listen, passphraseFile string
	unsealed, force, audit, json      bool
}

func newInit(c *console) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make a folder to serve from",
		Long: `Makes a state folder, an operator key, first policies, a registry, and an argus.toml that works as it is and pins the SHA-256 of
every plugin. DIR is the user's configuration folder for argus unless given. Nothing that exists is ever replaced.

The operator key signs what only a person may do: making agents, approving tools. It is sealed with a passphrase, which is asked for
on the terminal.`,
		Example: `  argus init
  argus init ./argus --plugin-dir bin/plugins --listen 127.0.0.1:0
  argus init ./argus --passphrase-file secret.txt`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, c, args) },
	}
	cmd.Flags().StringVar(&f.pluginDir, "plugin-dir", "", pluginDirUsage)
	cmd.Flags().StringVar(&f.listen, "listen", "", "loopback `address:port` for agents (default 127.0.0.1:8741)")
	cmd.Flags().StringVar(&f.passphraseFile, "passphrase-file", "", "seal the operator key with the first line of this `file`")
	cmd.Flags().BoolVar(&f.unsealed, "unsealed", false, "do not seal the operator key: whoever reads the file can act as you")
	cmd.Flags().BoolVar(&f.audit, "audit", false, "keep what happens in a store that argus audit query asks")
	cmd.Flags().BoolVar(&f.force, "force", false, "make what is missing in a folder that holds some of it; nothing is replaced")
	cmd.Flags().BoolVar(&f.json, "json", false, "tell what was made as JSON")
	cmd.MarkFlagsMutuallyExclusive("passphrase-file", "unsealed")
	return cmd
}

func (f *initFlags) run(cmd *cobra.Command, c *console, args []string) error {
	o, err := f.options(cmd, args)
	if err != nil {
		return err
	}
	o.Passphrase = func(isNew bool) (string, error) {
		switch {
		case !isNew:
			return passphrase(c, f.passphraseFile)
		case f.unsealed:
			c.tell("warning: the operator key is not sealed: whoever can read %s can make agents and approve tools\n", setup.KeyFile)
			return "", nil
		}
		return newPassphrase(c, f.passphraseFile)
	}
	made, err := setup.Init(o)
	if err != nil {
		return errors.Join(err, left(made))
	}
	if f.json {
		return c.document(made)
	}
	f.tell(c, made, o.PluginDir)
	return nil
}

func (f *initFlags) options(cmd *cobra.Command, args []string) (setup.Options, error) {
	o := setup.Options{Complete: f.force, Sandboxed: upstream.Able() == nil, Audited: f.audit}
	var err error
	if o.PluginDir, err = pluginDir(f.pluginDir); err != nil {
		return o, err
	}
	if f.listen != "" {
		if o.Listen, err = netip.ParseAddrPort(f.listen); err != nil {
			return o, usage(cmd, "--listen %q is no address and port, such as 127.0.0.1:8741", f.listen)
		}
	}
	switch {
	case len(args) == 1:
		o.Folder, err = filepath.Abs(args[0])
	case config.UserFile() == "":
		err = usage(cmd, "this user has no configuration folder: name a DIR")
	default:
		o.Folder = filepath.Dir(config.UserFile())
	}
	return o, err
}

// left names what an init that went wrong has made.
func left(made setup.Made) error {
	if len(made.Made) == 0 {
		return nil
	}
	return fmt.Errorf("made before that: %q (argus init --force goes on from there)", made.Made)
}

func (f *initFlags) tell(c *console, made setup.Made, pluginDir string) {
	for _, path := range made.Made {
		c.printf("made  %s\n", show.Plain(path))
	}
	for _, path := range made.Kept {
		c.printf("kept  %s\n", show.Plain(path))
	}
	file, at := filepath.Join(made.Folder, setup.ConfigFile), ""
	serve := "argus serve"
	if file != config.UserFile() {
		at = " --config " + show.Word(file)
	}
	if f.pluginDir != "" {
		serve += " --plugin-dir " + show.Word(pluginDir)
	}
	c.printf(`
next
  1. start the daemon:                 %s%s
  2. in another terminal, an agent:    argus agent new NAME%s
  3. add your servers to %s, start the daemon again, and approve their tools:
                                       argus registry pin SERVER%s
`, serve, at, at, file, at)
}
