package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/service"
	"argus/cmd/argus/internal/show"
	"argus/host/catalog"
	"argus/host/config"
)

func newService(c *console) *cobra.Command {
	return group("service", "Have a service manager run the daemon", newServicePrint(c), newServiceInstall(c), newServiceUninstall(c))
}

// serviceFlags say what service is meant.
type serviceFlags struct {
	system       bool
	manager, dir string
	json         bool
	cmd          *cobra.Command
}

func (f *serviceFlags) flags(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().String("config", "", "have the daemon read this `file` (default the user's argus.toml, or with --system "+config.SystemFile+")")
	cmd.Flags().BoolVar(&f.system, "system", false, "for the machine, under the user "+service.User+": a boundary against your other programs")
	cmd.Flags().StringVar(&f.manager, "manager", string(service.Native()), "systemd or launchd")
	cmd.Flags().StringVar(&f.dir, "plugin-dir", "", pluginDirUsage)
	cmd.Flags().BoolVar(&f.json, "json", false, "print it as JSON")
}

// serviceDocument is what --json tells.
type serviceDocument struct {
	Path     string   `json:"path"` // where the text belongs
	Text     string   `json:"text"`
	Commands []string `json:"commands"` // that are next
}

func (f *serviceFlags) spec() (service.Spec, error) {
	s := service.Spec{Manager: service.Manager(f.manager), System: f.system}
	if s.Manager != service.Systemd && s.Manager != service.Launchd {
		return s, usage(f.cmd, "--manager is systemd or launchd")
	}
	var err error
	if s.Program, err = os.Executable(); err != nil {
		return s, fmt.Errorf("find this program: %w", err)
	}
	if s.Plugins, err = pluginDir(f.dir); err != nil {
		return s, err
	}
	s.Config, _ = f.cmd.Flags().GetString("config")
	switch {
	case s.Config != "":
	case f.system:
		s.Config = config.SystemFile
	case config.UserFile() == "":
		return s, usage(f.cmd, "this user has no configuration folder: name a file with --config")
	default:
		s.Config = config.UserFile()
	}
	if s.Config, err = filepath.Abs(s.Config); err != nil {
		return s, err
	}
	if s.Home, err = os.UserHomeDir(); err != nil && !f.system {
		return s, fmt.Errorf("find your home folder: %w", err)
	}
	return s, nil
}

func newServicePrint(c *console) *cobra.Command {
	var f serviceFlags
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print the text of the service, and change nothing",
		Example: `  argus service print
  argus service print --system --plugin-dir /usr/local/lib/argus/plugins`,
		Args: cobra.NoArgs,
	}
	f.flags(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		s, err := f.spec()
		if err != nil {
			return err
		}
		text, err := s.Text()
		if err != nil {
			return err
		}
		if f.json {
			return c.document(serviceDocument{s.Path(), text, s.Begin()})
		}
		c.printf("%s", text)
		c.tell("it belongs to %s\n", show.Plain(s.Path()))
		return nil
	}
	return cmd
}

func newServiceInstall(c *console) *cobra.Command {
	var f serviceFlags
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Write the service to where its manager looks, and tell how to start it",
		Long: `Writes the unit of systemd, or the property list of launchd. Nothing is started: the commands that do are told. A file that argus service has
not written is never replaced.

With --system the daemon runs as the user ` + service.User + `, which you make first; give it the configuration folder:

  sudo useradd --system --create-home --home-dir /var/lib/argus ` + service.User + `
  sudo -u ` + service.User + ` argus init /var/lib/argus/argus

This program must then lie where only root can change it, such as /usr/local/bin: otherwise whoever can would be the daemon.

On macOS the user is made with sysadminctl(8) instead. The log is kept by journald, or for launchd in a file of your Library/Logs or, with --system, in
/var/log/argus.log, which nothing shortens. The property list keeps to what launchd.plist(5) says, and has not been tried on a Mac.`,
		Example: `  argus service install
  sudo argus service install --system --config /var/lib/argus/argus/argus.toml`,
		Args: cobra.NoArgs,
	}
	f.flags(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		s, err := f.spec()
		if err != nil {
			return err
		}
		if err := boundary(s); err != nil {
			return err
		}
		text, err := s.Text()
		if err != nil {
			return err
		}
		if err := service.Install(s.Path(), text); err != nil {
			return err
		}
		return f.tell(c, serviceDocument{s.Path(), text, s.Begin()}, "wrote")
	}
	return cmd
}

// boundary refuses a service under a user of its own whose program could be another by tomorrow. The daemon itself looks at its configuration and
// its plugins.
func boundary(s service.Spec) error {
	if !s.System {
		return nil
	}
	if err := catalog.Trusted(s.Program); err != nil {
		return fmt.Errorf("a service for the machine would be no boundary against whoever can change its program: %w", err)
	}
	return nil
}

func newServiceUninstall(c *console) *cobra.Command {
	var f serviceFlags
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove the service from where its manager looks",
		Long: `Removes what argus service install wrote. Stop the service first: the command is told. What the daemon keeps is untouched; argus uninstall
removes that.`,
		Example: `  argus service uninstall
  sudo argus service uninstall --system`,
		Args: cobra.NoArgs,
	}
	f.flags(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		s, err := f.spec()
		if err != nil {
			return err
		}
		if err := service.Remove(s.Path()); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no service in %s", s.Path())
		} else if err != nil {
			return err
		}
		return f.tell(c, serviceDocument{s.Path(), "", s.End()}, "removed")
	}
	return cmd
}

func (f *serviceFlags) tell(c *console, d serviceDocument, done string) error {
	if f.json {
		return c.document(d)
	}
	c.printf("%s  %s\n\nnext\n  %s\n", done, show.Plain(d.Path), strings.Join(d.Commands, "\n  "))
	return nil
}
