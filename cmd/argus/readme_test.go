package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// around says what a test does beside each command of the README: what a person would type or look at. A command that is not here
// fails the test, and so does one that is here and not in the README.
var around = map[string]string{
	"init": `ttyin -stdin passphrases
RUN
stdout 'next'
exec sh -c 'cat server.toml >> $HOME/.config/argus/argus.toml'
exec sed -i s/127.0.0.1:8741/127.0.0.1:0/ $HOME/.config/argus/argus.toml
mkdir $HOME/notes`,
	"serve": `up
until 'theory  sha256' argus status
until 'quarantined' argus tools`,
	"registry pin": `ttyin -stdin approval
RUN
stdout 'registry/notes.toml'
until notes__read-file argus tools`,
	"agent new": `ttyin -stdin passphrase
RUN
stdout '"mcpServers"'
! stdout 'argus_'
cp $HOME/.config/argus/state/agents/assistant.token token
call token notes__nothing '{}'
cp stdout refused`,
	"explain R-": `exec sh -c 'argus explain $(grep -o "R-[A-Z2-7]*" refused | head -1)'
stdout 'unknown_tool'`,
	"explain assistant": `RUN
stdout '^allowed'`,
	"agent fresh": `ttyin -stdin passphrase
RUN
stdout 'has met nothing'`,
}

var block = regexp.MustCompile("(?s)```(sh|toml)\n(.*?)```")

// TestTheReadmeRunsAsWritten plays the README's commands, in its order, as a person with a terminal and a home of their own.
func TestTheReadmeRunsAsWritten(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	server, played := "", map[string]bool{}
	for _, b := range block.FindAllStringSubmatch(string(text), -1) {
		if b[1] == "toml" {
			server = b[2]
			continue
		}
		for line := range strings.Lines(b[2]) {
			playLine(t, &script, line, string(makefile), played)
		}
	}
	for command := range around {
		if !played[command] {
			t.Errorf("the README does not show `argus %s` any more", command)
		}
	}
	if !strings.Contains(server, "/usr/local/bin/notes-mcp") {
		t.Fatal("the README's server is not the one that this test puts its own in place of")
	}
	home := filepath.Join(filepath.Dir(built), "h") // short, because the paths of sockets are
	dir := t.TempDir()
	server = strings.ReplaceAll(server, "/usr/local/bin/notes-mcp", filepath.Join(built, "stub"))
	archive := fmt.Sprintf("env HOME=%s\nenv XDG_CONFIG_HOME=\nmkdir $HOME\n%sdown TERM\n-- server.toml --\n%s"+
		"-- passphrases --\nopen sesame\nopen sesame\n-- passphrase --\nopen sesame\n-- approval --\ny\nopen sesame\n", home, script.String(), server)
	if err := os.WriteFile(filepath.Join(dir, "readme.txtar"), []byte(archive), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(roots, 0o700); err != nil {
		t.Fatal(err)
	}
	p := params()
	p.Dir = dir
	testscript.Run(t, p)
}

// playLine turns one line of the README into a part of the script.
func playLine(t *testing.T, script *strings.Builder, line, makefile string, played map[string]bool) {
	t.Helper()
	line, _, _ = strings.Cut(strings.TrimSpace(line), "  ")
	if line, _, _ = strings.Cut(line, " #"); line == "" || strings.HasPrefix(line, "$EDITOR") {
		return
	}
	if target, is := strings.CutPrefix(line, "make "); is {
		if !strings.Contains(makefile, "\n"+target+":") {
			t.Errorf("the README says %q, the Makefile has no such target", line)
		}
		return
	}
	command, is := strings.CutPrefix(line, "bin/argus ")
	if !is {
		t.Errorf("the README shows a line that this test does not know: %s", line)
		return
	}
	for name, part := range around {
		if strings.HasPrefix(command, name) {
			played[name] = true
			run := "exec argus " + strings.ReplaceAll(command, "~/", "$HOME/")
			fmt.Fprintln(script, strings.ReplaceAll(part, "RUN", run))
			return
		}
	}
	t.Errorf("the README shows a command that this test does not play: argus %s", command)
}
