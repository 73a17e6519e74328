// Package service writes what tells a service manager to run the daemon: a unit of systemd or a property list of launchd.
//
// It decides the text and where it belongs. It starts, stops and enables nothing: that stays with the person, and with the service manager.
package service

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Manager is a service manager.
type Manager string

// The service managers.
const (
	Systemd Manager = "systemd"
	Launchd Manager = "launchd"
)

// User is the user of its own under which a system service runs.
const User = "argus"

// Spec is what is to be run.
type Spec struct {
	Manager Manager
	System  bool   // for the machine, under a user of its own; otherwise for whoever calls
	Program string // absolute paths
	Config  string
	Plugins string
}

func (s Spec) command() []string {
	return []string{s.Program, "serve", "--config", s.Config, "--plugin-dir", s.Plugins}
}

// Text is the unit, or the property list.
func (s Spec) Text() (string, error) {
	for _, path := range []string{s.Program, s.Config, s.Plugins} {
		if !filepath.IsAbs(path) || strings.ContainsAny(path, "\n\r\x00") {
			return "", fmt.Errorf("%q is no absolute path that a service can be given", path)
		}
	}
	if s.Manager == Launchd {
		return s.plist(), nil
	}
	return s.unit(), nil
}

// Path is where the text belongs, in the home of who calls for a service of theirs.
func (s Spec) Path(home string) string {
	switch {
	case s.Manager == Launchd && s.System:
		return "/Library/LaunchDaemons/" + label + ".plist"
	case s.Manager == Launchd:
		return filepath.Join(home, "Library", "LaunchAgents", label+".plist")
	case s.System:
		return "/etc/systemd/system/argus.service"
	}
	return filepath.Join(home, ".config", "systemd", "user", "argus.service")
}

// Begin are the commands that start it once the text is in its place, and with the machine or the session from then on.
func (s Spec) Begin(path string) []string {
	switch {
	case s.Manager == Launchd && s.System:
		return []string{"sudo launchctl bootstrap system " + path}
	case s.Manager == Launchd:
		return []string{"launchctl bootstrap gui/$(id -u) " + path}
	case s.System:
		return []string{"sudo systemctl daemon-reload", "sudo systemctl enable --now argus"}
	}
	return []string{"systemctl --user daemon-reload", "systemctl --user enable --now argus"}
}

// End are the commands that stop it for good; the text can be removed afterwards.
func (s Spec) End() []string {
	switch {
	case s.Manager == Launchd && s.System:
		return []string{"sudo launchctl bootout system/" + label}
	case s.Manager == Launchd:
		return []string{"launchctl bootout gui/$(id -u)/" + label}
	case s.System:
		return []string{"sudo systemctl disable --now argus"}
	}
	return []string{"systemctl --user disable --now argus"}
}

// mark is in every text that is ours.
const mark = "Written by argus service."

// Install writes the text to its place. A file there that is not ours is left alone.
func Install(path, text string) error {
	if err := ours(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of services: %w", err)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// Remove removes the text from its place. The error is os.ErrNotExist where there is none, and a file that is not ours is left alone.
func Remove(path string) error {
	if err := ours(path); err != nil {
		return err
	}
	return os.Remove(path)
}

// Ours reports whether there is a file that argus service wrote.
func Ours(path string) bool { return ours(path) == nil }

// ours follows no link: what it leads to would be written over.
func ours(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	var text []byte
	if info.Mode().IsRegular() {
		text, err = os.ReadFile(path)
	}
	if err == nil && !bytes.Contains(text, []byte(mark)) {
		err = fmt.Errorf("%s was not written by argus service: move it away", path)
	}
	return err
}

// unit lets the daemon settle what is open when it is stopped, and kills what is left of it. It restricts nothing that the sandboxes of servers need to
// set up.
func (s Spec) unit() string {
	var words []string
	for _, word := range s.command() {
		words = append(words, systemdWord(word))
	}
	who, target := "", "default.target"
	if s.System {
		who, target = "User="+User+"\nGroup="+User+"\n", "multi-user.target"
	}
	return "# " + mark + `
[Unit]
Description=Argus, between agents and their tools
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
` + who + "ExecStart=" + strings.Join(words, " ") + `
Restart=on-failure
RestartSec=1
TimeoutStopSec=15
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=` + target + "\n"
}

// systemdWord is one word of a command line of a unit, whatever is in it.
func systemdWord(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(word) + `"`
}

const label = "argus.daemon"

func (s Spec) plist() string {
	var words strings.Builder
	for _, word := range s.command() {
		words.WriteString("\t\t<string>" + xmlText(word) + "</string>\n")
	}
	who := ""
	if s.System {
		who = "\t<key>UserName</key>\n\t<string>" + User + "</string>\n"
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ` + mark + ` -->
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>` + label + `</string>
	<key>ProgramArguments</key>
	<array>
` + words.String() + `	</array>
` + who + `	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key>
		<false/>
	</dict>
	<key>Umask</key>
	<integer>63</integer>
</dict>
</plist>
`
}

func xmlText(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a buffer takes everything
	return out.String()
}
