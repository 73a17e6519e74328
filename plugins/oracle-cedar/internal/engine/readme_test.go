package engine

import (
	"os"
	"strings"
	"testing"

	"argus/plugins/oracle-cedar/internal/source"
)

func TestREADMEShowsPoliciesThatAreAccepted(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```cedar\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("README.md shows no policy")
	}
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		if _, problems := Compile([]source.File{{Name: "README.md", Content: []byte(b)}}); len(problems) > 0 {
			t.Errorf("%s\n%v", b, problems)
		}
	}
}
