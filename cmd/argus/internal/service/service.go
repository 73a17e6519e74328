// Package service writes what tells a service manager to run the daemon: a unit of systemd or a property list of launchd.
//
// It decides the text and where it belongs. It starts, stops and enables nothing: that stays with the person, and with the service manager.
package service

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"argus/cmd/argus/internal/show"
)

// Manager is a service manager.
type Manager string

// The service managers.
const (
	Systemd Manager = "systemd"
	Launchd Manager = "launchd"
)

// Native is the service manager of this operating system.
func Native() Manager {
	if runtime.GOOS == "darwin" {
		return Launchd
	}
	return Systemd
}

// User is the user of its own under which a system service runs.
const User = "argus"

// Spec is what is to be run.
type Spec struct {
	Manager Manager
	System  bool   // for the machine, under a user of its own; otherwise for whoever calls
	Program string // absolute paths
	Config  string
	Plugins string
	Home    string // of who calls; not needed for a system service
}

func (s Spec) command() []string {
	return []string{s.Program, "serve", "--config", s.Config, "--plugin-dir", s.Plugins}
}

// Text is the unit, or the property list.
func (s Spec) Text() (string, error) {
	for _, path := range s.paths() {
		if !filepath.IsAbs(path) || !utf8.ValidString(path) || strings.ContainsFunc(path, unspeakable) {
			return "", fmt.Errorf("%q is no absolute path that a service can be given", path)
		}
	}
	if s.Manager == Launchd {
		return s.plist(), nil
	}
	return s.unit(), nil
}

// paths are all that stand in the text.
func (s Spec) paths() []string {
	paths := []string{s.Program, s.Config, s.Plugins}
	if s.Manager == Launchd {
		paths = append(paths, s.Log())
	}
	return paths
}

// unspeakable characters would end a line of a unit, or have no place in XML, whose writer would put another in theirs.
func unspeakable(r rune) bool { return unicode.IsControl(r) || r == '\ufffe' || r == '\uffff' }

// Path is where the text belongs.
func (s Spec) Path() string {
	switch {
	case s.Manager == Launchd && s.System:
		return "/Library/LaunchDaemons/" + label + ".plist"
	case s.Manager == Launchd:
		return filepath.Join(s.Home, "Library", "LaunchAgents", label+".plist")
	case s.System:
		return "/etc/systemd/system/argus.service"
	}
	return filepath.Join(s.Home, ".config", "systemd", "user", "argus.service")
}

// Log is the file that gets what the daemon logs, empty where its manager keeps that itself.
func (s Spec) Log() string {
	switch {
	case s.Manager != Launchd:
		return ""
	case s.System:
		return "/var/log/argus.log"
	}
	return filepath.Join(s.Home, "Library", "Logs", "argus.log")
}

// Begin are the commands that start it once the text is in its place, and with the machine or the session from then on.
func (s Spec) Begin() []string {
	switch {
	case s.Manager == Launchd && s.System:
		return []string{"sudo launchctl bootstrap system " + show.Word(s.Path())}
	case s.Manager == Launchd:
		return []string{"launchctl bootstrap gui/$(id -u) " + show.Word(s.Path())}
	case s.System:
		return []string{"sudo systemctl daemon-reload", "sudo systemctl enable --now argus"}
	}
	return []string{"systemctl --user daemon-reload", "systemctl --user enable --now argus"}
}

// End are the commands that stop it for good and remove its log; the text can be removed afterwards.
func (s Spec) End() []string {
	switch {
	case s.Manager == Launchd && s.System:
		return []string{"sudo launchctl bootout system/" + label, "sudo rm -f " + show.Word(s.Log())}
	case s.Manager == Launchd:
		return []string{"launchctl bootout gui/$(id -u)/" + label, "rm -f " + show.Word(s.Log())}
	case s.System:
		return []string{"sudo systemctl disable --now argus"}
	}
	return []string{"systemctl --user disable --now argus"}
}
