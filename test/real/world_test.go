package real

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"argus/test/daemon"
)

// shipped is the folder of registry entries that users get.
const shipped = "../../examples/registry"

const secret = "the secret that no tool may bring"

// world is one daemon with the three servers, and what lies around them.
type world struct {
	*daemon.Folder
	daemon    *daemon.Daemon
	workspace string
	secret    string // a file beside the workspace
	tokens    map[string]string
}

var servers = []string{"everything", "filesystem", "memory"}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Folder: daemon.Init(t, programs), tokens: map[string]string{}}
	w.workspace, w.secret = w.Beside("workspace"), w.Beside("secret.txt")
	if err := os.Mkdir(w.workspace, 0o700); err != nil {
		t.Fatal(err)
	}
	w.put(t, w.secret, secret)
	w.put(t, filepath.Join(w.workspace, "plan.txt"), "the plan\n")
	for _, name := range servers {
		w.register(t, name)
	}
	w.Configure(t, w.configuration(t))
	w.daemon = w.Serve(t)
	daemon.Until(t, "the servers are up and judged", func() bool {
		heard := map[string]bool{}
		for _, tool := range w.Tools(t) {
			heard[tool.Server] = true
		}
		return len(heard) == len(servers)+len(doubles) && len(w.Status(t).Problems) == 0
	})
	return w
}

// doubles are servers that are run a second time, under another name.
var doubles = map[string]string{"filesystem": "unchecked", "everything": "overheard"}

// register copies a shipped file into the registry. What goes for a server goes for its double.
func (w *world) register(t *testing.T, name string) {
	t.Helper()
	text := readShipped(t, name)
	w.Write(t, "registry/"+name+".toml", text)
	if double, is := doubles[name]; is {
		w.Write(t, "registry/"+double+".toml", asDouble(text, name))
	}
}

// asDouble is what the registry says of a server's double where it says the text of the server.
func asDouble(text, name string) string {
	return strings.Replace(text, `server = "`+name+`"`, `server = "`+doubles[name]+`"`, 1)
}

func readShipped(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shipped, name+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var tomlBlock = regexp.MustCompile("(?s)```toml\n(.*?)```")

// configuration is what the README of the shipped entries tells people to write, with the paths of this machine: each server has node,
// the packages, and nothing else; one has the workspace. A double of that one, "unchecked", is told that every folder is its own:
// whatever holds it then is the sandbox. "overheard" is a double whose private folder keeps all that it is told.
func (w *world) configuration(t *testing.T) string {
	t.Helper()
	packages, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(shipped, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := tomlBlock.FindSubmatch(readme)
	if block == nil {
		t.Fatal("the README shows no configuration")
	}
	here := strings.NewReplacer("/usr/local/node", filepath.Dir(filepath.Dir(node)), "/opt/mcp/node_modules", packages,
		"/home/you/workspace", w.workspace, "/home/you/argus", w.Dir)
	return here.Replace(string(block[1])) + fmt.Sprintf(`
[[server]]
name = "unchecked"
command = "node"
profile = "workspace"
args = [%q, "/"]

[[server]]
name = "overheard"
command = "/bin/sh"
profile = "private"
args = ["-c", 'tee -a "$HOME/told" | %q %q']
`, program(packages, "filesystem"), node, program(packages, "everything"))
}

func program(packages, server string) string {
	return filepath.Join(packages, "@modelcontextprotocol", "server-"+server, "dist", "index.js")
}

func (w *world) put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// in is a path of the workspace.
func (w *world) in(name string) string { return filepath.Join(w.workspace, name) }
