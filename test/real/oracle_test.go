package real

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"argus/test/daemon"
)

const oracleNode = "../../examples/oracle-node"

// oracleTable is the plugin that argus init names as the oracle.
var oracleTable = regexp.MustCompile(`kind = "oracle"\nbinary = .*\nsha256 = .*\nsettings = .*\n`)

// TestOracleInAnotherLanguage holds the example oracle in JavaScript to the requirements, and has it judge the calls of a running daemon.
func TestOracleInAnotherLanguage(t *testing.T) {
	binary := filepath.Join(programs.Folder, "oracle-node")
	run(t, "../npm.sh", oracleNode)
	run(t, node, oracleNode+"/build.js", binary)
	pin, err := programs.Install("oracle-node")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.Write(t, "words.json", `{"words": ["forbidden"]}`)
	var told struct {
		Holds        bool
		Requirements []struct{ ID, Outcome, Why string }
	}
	if err := json.Unmarshal([]byte(run(t, programs.Argus, "plugin", "test", "--kind", "oracle", binary, "--settings", w.Path("words.json"), "--json")), &told); err != nil {
		t.Fatal(err)
	}
	if !told.Holds || len(told.Requirements) < 20 {
		t.Errorf("%+v", told)
	}

	w.daemon.Stop()
	ours := "kind = \"oracle\"\nbinary = \"oracle-node\"\n" + pin + "settings = { words = [\"forbidden\"] }\n"
	text := w.Read(t, "argus.toml")
	if !oracleTable.MatchString(text) {
		t.Fatal("the configuration names no oracle")
	}
	w.Write(t, "argus.toml", oracleTable.ReplaceAllLiteralString(text, ours))
	w.daemon = w.Serve(t)
	daemon.Until(t, "the server is up", func() bool { return w.Tool(t, "memory", "search_nodes").Callable() })
	a := w.agent(t, "reader")
	a.call("memory__search_nodes", object{"query": "permitted"})
	refused := a.try("memory__search_nodes", object{"query": "what is Forbidden"})
	ref := reference.FindStringSubmatch(refused.text())
	if !refused.IsError || ref == nil {
		t.Fatalf("a call with the word: %s", refused.text())
	}
	if why := w.Run(t, "explain", ref[1]); !strings.Contains(why, "the arguments hold the word forbidden") {
		t.Errorf("argus explain: %s", why)
	}
}

// run runs a program that must succeed and gives its output.
func run(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, arguments...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(program), err, out, said.String())
	}
	return string(out)
}
