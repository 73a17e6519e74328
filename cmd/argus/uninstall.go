package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/service"
	"argus/cmd/argus/internal/setup"
	"argus/cmd/argus/internal/show"
	"argus/host"
	"argus/host/config"
	"argus/host/front/mcp"
	"argus/host/front/operator"
	"argus/host/journal"
)

type uninstallFlags struct{ purge, yes, json bool }

func newUninstall(c *console) *cobra.Command {
	var f uninstallFlags
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove what Argus made on this machine",
		Long: `Removes what the daemon made and can make again, the tokens of agents, and your service if argus service installed one. What was decided is
kept: the record of decisions, the configuration, the operator key, policies and registry. With --purge those go as well, for good.

The daemon must not run. The programs themselves lie where you put them.`,
		Example: `  argus uninstall
  argus uninstall --purge --yes`,
		Args: cobra.NoArgs,
	}
	at := newPlace(cmd)
	cmd.Flags().BoolVar(&f.purge, "purge", false, "remove the record, the configuration and the operator key too")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&f.json, "json", false, "print what was removed and kept as JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return f.run(cmd, c, at) }
	return cmd
}

type removedDocument struct {
	Removed []string `json:"removed"`
	Kept    []string `json:"kept"`
}

func (f *uninstallFlags) run(cmd *cobra.Command, c *console, at *place) error {
	state, err := at.stateAlone()
	if err != nil {
		return err
	}
	release, err := hold(state)
	if err != nil {
		return err
	}
	defer release()
	own, unit := ownService()
	gone, kept := f.sort(at, state, unit)
	if len(gone) == 0 {
		return errors.New("there is nothing to remove")
	}
	if !f.yes {
		if err := f.agree(c, gone, kept); err != nil {
			return err
		}
	}
	if err := remove(gone, filepath.Join(state, host.JournalFolder)); err != nil {
		return err
	}
	for _, folder := range []string{state, filepath.Dir(at.operatorKey())} {
		_ = syscall.Rmdir(folder) // only if it is empty, and no link to a folder: os.Remove would remove that
	}
	if unit != "" {
		c.tell("so that its manager forgets the service: %s\n", strings.Join(own.End(), "; "))
	}
	if f.json {
		return c.document(removedDocument{gone, kept})
	}
	for _, path := range gone {
		c.printf("removed  %s\n", show.Plain(path))
	}
	for _, path := range kept {
		c.printf("kept     %s\n", show.Plain(path))
	}
	return nil
}

// hold keeps a daemon from starting on the state folder until release. It is an error while one runs, whether or not that answers.
func hold(state string) (release func(), err error) {
	folder := filepath.Join(state, host.JournalFolder)
	if !exists(folder) {
		return func() {}, nil // nothing of the state folder goes
	}
	lock, err := journal.Lock(folder)
	if errors.Is(err, journal.ErrLocked) {
		return nil, fmt.Errorf("a daemon runs on the state folder %s: %w", state, err)
	}
	if err != nil {
		return nil, fmt.Errorf("whether a daemon runs on the state folder %s cannot be told: %w", state, err)
	}
	return func() { lock.Close() }, nil
}

// remove removes all paths. Of the folder of the journal, if that is one of them, the lock goes when all else is gone: a daemon could start
// beside who removes the rest.
func remove(paths []string, journalFolder string) error {
	for _, path := range paths {
		err := error(nil)
		if path == journalFolder {
			err = clearBut(path, journal.LockPath(path))
		} else {
			err = os.RemoveAll(path)
		}
		if err != nil {
			return fmt.Errorf("remove %s: %w", path, err)
		}
	}
	if slices.Contains(paths, journalFolder) {
		return os.RemoveAll(journalFolder)
	}
	return nil
}

// clearBut removes what is in a folder, but for one path.
func clearBut(folder, path string) error {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if at := filepath.Join(folder, e.Name()); at != path {
			err = errors.Join(err, os.RemoveAll(at))
		}
	}
	return err
}

// sort tells what there is that goes, unit being the text of the service if there is one, and what there is that stays.
func (f *uninstallFlags) sort(at *place, state, unit string) (gone, kept []string) {
	gone, kept = []string{}, []string{}
	decided := []string{}
	// Names as plain as these are ours only beside a journal, or a configuration. Those go last, so that an interrupted purge can be run again.
	if exists(filepath.Join(state, host.JournalFolder)) {
		gone = present(gone, state, "scratch", "run", mcp.SocketFolder, operator.SocketName)
		decided = present(decided, state, "refusals", "theories", setup.AuditFolder, host.JournalAnchor, host.JournalFolder)
	}
	if unit != "" {
		gone = append(gone, unit)
	}
	if file := configFile(at); filepath.Base(file) == setup.ConfigFile && exists(file) {
		decided = present(decided, filepath.Dir(file), setup.Files()...)
	}
	if f.purge {
		return append(gone, decided...), kept
	}
	return gone, decided
}

// ownService is this user's service and where its text is; an empty path if argus service installed none.
func ownService() (s service.Spec, path string) {
	s.Manager = service.Native()
	var err error
	s.Home, err = os.UserHomeDir()
	if path = s.Path(); err != nil || !service.Ours(path) {
		return s, ""
	}
	return s, path
}

// configFile is the file that this user's daemon reads, if there is one of theirs.
func configFile(at *place) string {
	o := config.Process(at.cmd.Flags())
	if o.File != "" {
		return o.File
	}
	return o.User
}

// present adds those of the names that are in the folder.
func present(paths []string, folder string, names ...string) []string {
	for _, name := range names {
		if path := filepath.Join(folder, name); exists(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// exists is true also where it cannot be told.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func (f *uninstallFlags) agree(c *console, gone, kept []string) error {
	for _, path := range gone {
		c.tell("remove  %s\n", show.Plain(path))
	}
	for _, path := range kept {
		c.tell("keep    %s\n", show.Plain(path))
	}
	if !c.interactive() {
		return errors.New("nothing was removed, since there is nobody to ask: give --yes")
	}
	yes, err := c.agree(fmt.Sprintf("remove these %d?", len(gone)))
	if err == nil && !yes {
		err = errors.New("nothing was removed")
	}
	return err
}
