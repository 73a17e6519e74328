package real

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"argus/test/daemon"
)

// shippedDigests compares what the servers define with examples/registry, or brings that up to date.
func shippedDigests(t *testing.T, w *world) {
	for _, server := range servers {
		stale := w.stale(t, server)
		if *update && len(stale) > 0 {
			w.ship(t, server)
			stale = w.stale(t, server)
		}
		if len(stale) > 0 {
			t.Errorf("examples/registry/%s.toml is not about the locked version of the server: %s\nlook at the definitions, then run: "+
				"go test ./test/real -update", server, strings.Join(stale, ", "))
		}
	}
}

// withoutEntry are tools that are left out on purpose; each entry file says why.
var withoutEntry = map[string]bool{"simulate-research-query": true}

func (w *world) stale(t *testing.T, server string) (names []string) {
	for _, tool := range w.Tools(t, server) {
		if tool.State == "quarantined" && !withoutEntry[tool.Tool] {
			names = append(names, tool.Tool+" ("+tool.Reason+")")
		}
	}
	return names
}

// ship writes the digests of what the server defines into the shipped entries, and leaves everything else as it stands.
func (w *world) ship(t *testing.T, server string) {
	t.Helper()
	text := readShipped(t, server)
	for _, tool := range w.Tools(t, server) {
		head := `name = "` + regexp.QuoteMeta(tool.Tool) + `"`
		if tool.Channel == "instructions" {
			head = `\[channels\.instructions\]`
		}
		entry := regexp.MustCompile(`(?m)^(` + head + `\ndigest = ")[^"]*`)
		text = entry.ReplaceAllString(text, "${1}"+tool.Digest)
	}
	if err := os.WriteFile(filepath.Join(shipped, server+".toml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	w.register(t, server)
	daemon.Until(t, "the new digests of "+server+" are in force", func() bool { return len(w.stale(t, server)) == 0 })
}
