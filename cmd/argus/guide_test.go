package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheGuideIsFollowed holds the commands of docs/plugin-author.md, in their order, to the script that follows it.
func TestTheGuideIsFollowed(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "plugin-author.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join("testdata", "script", "guide.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	rest, commands := string(script), 0
	for _, b := range block.FindAllStringSubmatch(string(guide), -1) {
		if b[1] != "sh" {
			continue
		}
		for line := range strings.Lines(b[2]) {
			line = strings.ReplaceAll(line, "~/", "$HOME/")
			if !strings.HasPrefix(line, "cd ") {
				line = "exec " + line
			}
			_, after, follows := strings.Cut(rest, "\n"+line)
			if !follows {
				t.Fatalf("the script does not go on with %q", line)
			}
			rest, commands = "\n"+after, commands+1
		}
	}
	if commands < 6 {
		t.Errorf("the guide shows %d commands", commands)
	}
}
