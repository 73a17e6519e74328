package main

import (
	"os"
	"strings"
	"testing"

	"argus/plugins/registry-git/content"
)

func TestTheExamplesOfTheReadmeAreContent(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```toml\n")
	if len(blocks) != 3 {
		t.Fatalf("%d examples", len(blocks)-1)
	}
	var files []content.File
	for i, name := range []string{"flow.toml", "mail.toml"} {
		example, _, _ := strings.Cut(blocks[i+1], "```")
		files = append(files, content.File{Name: name, Path: name, Data: []byte(example)})
	}
	if c := content.Read(files); !c.Usable() || len(c.Entries) != 6 {
		t.Errorf("%d entries, %v", len(c.Entries), c.Problems)
	}
}
