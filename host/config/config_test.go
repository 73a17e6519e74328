package config

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"argus/internal/tomlpos"
)

var testKey = ed25519.PublicKey(bytes.Repeat([]byte{7}, 32))

const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func pluginTables() string { return tablesOf(Oracle, Sandbox, Registry) }

func tablesOf(kinds ...Kind) string {
	var text strings.Builder
	for _, kind := range kinds {
		text.WriteString("[[plugin]]\nkind = \"" + string(kind) + "\"\nbinary = \"" + string(kind) + "-x\"\nsha256 = \"" + sum + "\"\n")
	}
	return text.String()
}

func required() string {
	return "operator = { key = \"" + FormatKey(testKey) + "\" }\n"
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "argus.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func program(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// mistakes loads one file and gives its mistakes with the file's path cut away.
func mistakes(t *testing.T, text string, environ ...string) []string {
	t.Helper()
	path := write(t, text)
	got, err := Load(Options{File: path, Home: "/home/u", Environ: environ})
	if err == nil {
		return nil
	}
	if got.Operator.Key != nil || got.Servers != nil || got.Plugins != nil {
		t.Error("a refused configuration is not the zero one")
	}
	problems, ok := errors.AsType[tomlpos.Problems](err)
	if !ok {
		t.Fatal(err)
	}
	return strings.Split(strings.ReplaceAll(problems.Error(), path, "argus.toml"), "\n")
}

func TestFiveMistakesAreReportedTogether(t *testing.T) {
	got := mistakes(t, required()+`
[mcp]
listen = "0.0.0.0:8741"
[limits]
dept = 9
flights_per_agent = "many"
call_timeout = "sixty"
[profile.p]
[[server]]
name = "mail"
command = "/bin/sh"
profile = "p"
[[server]]
name = "mail"
command = "/bin/sh"
profile = "p"
`+pluginTables())
	want := []string{
		`argus.toml:4: mcp.listen must be a loopback address: Argus serves this machine only (write listen = "127.0.0.1:8741")`,
		`argus.toml:6: unknown key "dept" in limits (did you mean depth?)`,
		`argus.toml:7: limits.flights_per_agent must be a whole number, not text (write flights_per_agent = 1, without quotes)`,
		`argus.toml:8: limits.call_timeout is not a duration (write a number with its unit, such as "90s", "5m" or "1h")`,
		`argus.toml:15: a second server "mail": the first is at argus.toml:11 (rename one of the two)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAGoodFileIsReadWhole(t *testing.T) {
	tool := program(t, "tool")
	path := write(t, required()+`state = "var"
[mcp]
listen = "[::1]:0"
allowed_origins = ["https://app.example:8443"]
[profile.files]
read = ["/usr", "~/x", "data"]
write = ["/srv/out"]
network = true
max_processes = 3
max_memory = "512MiB"
[[server]]
name = "mail"
command = "tool"
args = ["-v"]
env = { "LANG" = "C" }
profile = "files"
[[server]]
name = "notes"
command = "`+tool+`"
workdir = "w"
profile = "files"
prefix = ""
`+pluginTables()+"settings = { folder = \"r\", deep = [1, { a = true }] }\n")
	c, err := Load(Options{File: path, Home: "/home/u", Environ: []string{"PATH=rel:" + filepath.Dir(tool)}})
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(path)
	want := []Server{
		{Name: "mail", Command: tool, Args: []string{"-v"}, Env: map[string]string{"LANG": "C"}, Profile: "files", Prefix: "mail",
			Scratch: folder + "/var/scratch/mail", Workdir: folder + "/var/scratch/mail"},
		{Name: "notes", Command: tool, Args: []string{}, Env: map[string]string{}, Profile: "files",
			Scratch: folder + "/var/scratch/notes", Workdir: folder + "/w"},
	}
	if diff := cmp.Diff(want, c.Servers); diff != "" {
		t.Error(diff)
	}
	profile := Profile{Read: []string{"/usr", "/home/u/x", folder + "/data"}, Write: []string{"/srv/out"},
		Network: true, MaxProcesses: 3, MaxMemory: 512 << 20}
	if diff := cmp.Diff(profile, c.Profiles["files"]); diff != "" {
		t.Error(diff)
	}
	registry, _ := c.Plugin(Registry)
	if string(registry.Settings) != `{"deep":[1,{"a":true}],"folder":"r"}` || registry.Folder != folder {
		t.Errorf("settings %s from %s", registry.Settings, registry.Folder)
	}
	if c.MCP.Listen.String() != "[::1]:0" || c.Limits.CallTimeout != time.Minute || !c.Operator.Key.Equal(testKey) {
		t.Errorf("read %+v", c)
	}
}

func TestTheZeroConfigAdmitsNothing(t *testing.T) {
	var c Config
	if _, ok := c.Plugin(Oracle); ok || c.MCP.Listen.IsValid() || len(c.Servers) > 0 || c.Limits != (Limits{}) || len(c.Operator.Key) > 0 {
		t.Error("the zero configuration holds something")
	}
	if _, ok := c.Server(""); ok {
		t.Error("the zero configuration has a server")
	}
}

func TestSingleMistakes(t *testing.T) {
	const server = "[profile.p]\n[[server]]\nname = \"s\"\ncommand = \"/bin/sh\"\nprofile = \"p\"\n"
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":        {"lisen = 1\n", `unknown key "lisen"`},
		"unknown table":      {"[mpc]\n", `did you mean mcp?`},
		"named address":      {"[mcp]\nlisten = \"localhost:1\"\n", "must be an IP address"},
		"foreign address":    {"[mcp]\nlisten = \"192.168.1.1:80\"\n", "must be a loopback"},
		"mapped address":     {"[mcp]\nlisten = \"[::ffff:10.0.0.1]:80\"\n", "must be a loopback"},
		"any address":        {"[mcp]\nlisten = \"[::]:80\"\n", "must be a loopback"},
		"origin pattern":     {"[mcp]\nallowed_origins = [\"*\"]\n", "must be exact"},
		"origin null":        {"[mcp]\nallowed_origins = [\"null\"]\n", "must be exact"},
		"origin with path":   {"[mcp]\nallowed_origins = [\"https://a.b/\"]\n", "must be exact"},
		"origin wildcard":    {"[mcp]\nallowed_origins = [\"https://*.b\"]\n", "must be exact"},
		"origin user":        {"[mcp]\nallowed_origins = [\"https://u@b\"]\n", "must be exact"},
		"huge requests":      {"[mcp]\nmax_request_bytes = 1000000000\n", "must be between"},
		"zero limit":         {"[limits]\ndepth = 0\n", "must be between 1 and"},
		"negative limit":     {"[limits]\ncalls_per_minute = -1\n", "must be between 1 and"},
		"zero timeout":       {"[limits]\ncall_timeout = \"0s\"\n", "must be between"},
		"bare timeout":       {"[limits]\ncall_timeout = 60\n", "must be text"},
		"endless timeout":    {"[limits]\ncall_timeout = \"9999h\"\n", "must be between"},
		"log level":          {"[log]\nlevel = \"loud\"\n", "must be trace"},
		"state is root":      {"state = \"/\"\n", "cannot be /"},
		"home of another":    {"state = \"~bob/x\"\n", "home folder that is not known"},
		"set twice":          {"[log]\nlevel = \"info\"\nlevel = \"warn\"\n", "already set at line"},
		"syntax":             {"a = = 1\n", "is not TOML"},
		"reserved name":      {strings.Replace(server, `"s"`, `"argus"`, 1), "reserved"},
		"bad name":           {strings.Replace(server, `"s"`, `"S x"`, 1), "cannot be the name"},
		"no name":            {strings.Replace(server, "name = \"s\"\n", "", 1), "has no name"},
		"no command":         {strings.Replace(server, "command = \"/bin/sh\"\n", "", 1), "has no command"},
		"no profile":         {strings.Replace(server, "profile = \"p\"\n", "", 1), "has no profile"},
		"unknown profile":    {strings.Replace(server, "profile = \"p\"", "profile = \"pp\"", 1), "did you mean p?"},
		"missing program":    {strings.Replace(server, "/bin/sh", "/no/such", 1), "there is no program"},
		"not in PATH":        {strings.Replace(server, "/bin/sh", "sh", 1), "in the PATH"},
		"secret value":       {server + "env = { A = \"secret:x\" }\n", "not available yet"},
		"env name":           {server + "env = { \"A=B\" = \"x\" }\n", "cannot be the name of a variable"},
		"prefix":             {server + "prefix = \"a b\"\n", "prefix may hold"},
		"reserved prefix":    {server + "prefix = \"argus\"\n", "Argus's own"},
		"same prefix":        {server + strings.Replace(server[12:], `"s"`, "\"t\"\nprefix = \"s\"", 1), "a second server with the prefix"},
		"memory":             {"[profile.p]\nmax_memory = \"much\"\n", "not an amount"},
		"memory overflow":    {"[profile.p]\nmax_memory = \"99999999999999999GiB\"\n", "out of range"},
		"negative memory":    {"[profile.p]\nmax_memory = -1\n", "not an amount"},
		"profile name":       {"[profile.\"../x\"]\n", "cannot be the name of a profile"},
		"write state":        {"[profile.p]\nwrite = [\"state/scratch\"]\n", "state folder of Argus"},
		"write above config": {"state = \"/nowhere/state\"\n[profile.p]\nwrite = [\".\"]\n", "configuration of Argus"},
		"read key":           {"[profile.p]\nread = [\"operator.key\"]\n", "operator key of Argus"},
		"read above key":     {"state = \"/nowhere/state\"\n[profile.p]\nread = [\".\"]\n", "operator key of Argus"},
		"read state":         {"[profile.p]\nread = [\"state\"]\n", "state folder of Argus"},
		"read everything":    {"[profile.p]\nread = [\"/\"]\n", "state folder of Argus"},
		"binary with folder": {"[[plugin]]\nkind = \"oracle\"\nbinary = \"../x\"\nsha256 = \"" + sum + "\"\n", "name of a file"},
		"short checksum":     {"[[plugin]]\nkind = \"oracle\"\nbinary = \"x\"\nsha256 = \"ab\"\n", "64 hex digits"},
		"no checksum":        {"[[plugin]]\nkind = \"oracle\"\nbinary = \"x\"\n", "has no sha256"},
		"unknown kind":       {"[[plugin]]\nkind = \"orakel\"\n", "one of the known kinds"},
		"second oracle":      {"[[plugin]]\nkind = \"oracle\"\n", "a second plugin of kind oracle"},
		"date in settings":   {"[[plugin]]\nkind = \"oracle\"\nsettings = { a = 2024-01-01 }\n", "settings may hold"},
		"nan in settings":    {"[[plugin]]\nkind = \"oracle\"\nsettings = { a = nan }\n", "JSON has no way"},
	} {
		t.Run(name, func(t *testing.T) {
			got := mistakes(t, required()+c.text+pluginTables())
			if !strings.Contains(strings.Join(got, "\n"), c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, line := range got {
				if !strings.HasPrefix(line, "argus.toml:") {
					t.Errorf("no place in %q", line)
				}
			}
		})
	}
	if got := mistakes(t, required()+server+pluginTables()); got != nil {
		t.Errorf("control: %q", got)
	}
}

// TestServersCannotWriteWhatPluginsDecideBy names the folders by a plugin's settings, as argus init does.
func TestServersCannotWriteWhatPluginsDecideBy(t *testing.T) {
	policies := filepath.Join(t.TempDir(), "policies")
	if err := os.MkdirAll(filepath.Join(policies, "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	plugins := strings.Replace(pluginTables(), "sha256", fmt.Sprintf("settings = { policies = %q, pace = \"fast\" }\nsha256", policies), 1)
	for path, want := range map[string]string{
		policies:                       "what the plugin oracle-x decides by",
		filepath.Dir(policies):         "what the plugin oracle-x decides by",
		filepath.Join(policies, "old"): "what the plugin oracle-x decides by",
		policies + "-of-others":        "",
	} {
		got := strings.Join(mistakes(t, required()+fmt.Sprintf("[profile.p]\nwrite = [%q]\n", path)+plugins), "\n")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("write %s: %q", path, got)
		}
	}
	if got := mistakes(t, required()+fmt.Sprintf("[profile.p]\nread = [%q]\n", policies)+plugins); got != nil {
		t.Errorf("the control, reading them: %q", got)
	}
}

func TestAPluginIsRequiredOfEachKindThatIsNeeded(t *testing.T) {
	const server = "[profile.p]\n[[server]]\nname = \"s\"\ncommand = \"/bin/true\"\nprofile = \"p\"\n"
	for _, c := range []struct {
		more   string
		given  []Kind
		missed []Kind
	}{
		{"", nil, []Kind{Oracle, Registry}},
		{server, nil, []Kind{Oracle, Registry, Sandbox}},
		{server, []Kind{Oracle, Registry}, []Kind{Sandbox}}, // nothing would confine it
		{server, []Kind{Oracle, Registry, Sandbox}, nil},
		{"", []Kind{Oracle, Registry}, nil},
		{"", Kinds(), nil},
	} {
		got := mistakes(t, required()+c.more+tablesOf(c.given...))
		if len(got) != len(c.missed) {
			t.Errorf("%v with %q: %q", c.given, c.more, got)
		}
		for _, kind := range c.missed {
			if !strings.Contains(strings.Join(got, "\n"), "no plugin of kind "+string(kind)) {
				t.Errorf("%s is not missed in %q", kind, got)
			}
		}
	}
}

func TestAnOperatorKeyIsRequiredAndNoWeakOneTaken(t *testing.T) {
	for _, line := range []string{"", "operator.key = \"ed25519:AAAA\"\n", "operator.key = \"rsa:x\"\n",
		"operator.key = \"" + FormatKey(make([]byte, 32)) + "\"\n"} {
		if got := mistakes(t, line+pluginTables()); len(got) != 1 || !strings.Contains(got[0], "operator.key") {
			t.Errorf("%q: %q", line, got)
		}
	}
}

func TestAConfigurationThatOthersCanChangeIsRefused(t *testing.T) {
	path := write(t, required()+pluginTables())
	if _, err := Load(Options{File: path}); err != nil {
		t.Fatalf("control: %v", err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Options{File: path}); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
		t.Errorf("a file that anybody can change: %v", err)
	}
}

func TestANamedFileMustExist(t *testing.T) {
	if _, err := Load(Options{File: filepath.Join(t.TempDir(), "none.toml")}); err == nil {
		t.Error("a missing file is taken for an empty one")
	}
}

func TestTheRenderedFileLoads(t *testing.T) {
	initial := Initial{OperatorKey: testKey}
	for _, kind := range []Kind{Oracle, Sandbox, Registry} {
		initial.Plugins = append(initial.Plugins, InitialPlugin{Kind: kind, Binary: string(kind) + "-x", SHA256: sum,
			Settings: map[string]string{"folder": `a "b" \c`}})
	}
	text, err := Render(initial)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(Options{File: write(t, string(text))})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if p, _ := c.Plugin(Oracle); string(p.Settings) != `{"folder":"a \"b\" \\c"}` || !c.Operator.Key.Equal(testKey) {
		t.Errorf("read %s", p.Settings)
	}
	initial.Plugins[0].SHA256 = "x"
	if _, err := Render(initial); err == nil {
		t.Error("a file that argus would refuse is written")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(required()+pluginTables()), "ARGUS_STATE=/x")
	f.Add([]byte("[profile.p]\nread=['~/x']\n[[server]]\nenv={a=1}\nmcp=3\n"), "ARGUS_LISTEN_PORT=1")
	f.Add([]byte("mcp = 3\nlimits = []\nplugin = {}\n[log]\nlevel = 2024-01-01"), "ARGUS_X")
	f.Fuzz(func(t *testing.T, text []byte, variable string) {
		l, err := stack(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.putDocument("/etc/argus/argus.toml", text); err != nil {
			t.Fatal(err)
		}
		if err := l.putEnvironment(Options{Environ: []string{variable}}); err != nil {
			t.Fatal(err)
		}
		c, err := l.resolve(Options{})
		if err == nil && (len(c.Plugins) != 3 || len(c.Operator.Key) != 32 || !c.MCP.Listen.Addr().IsLoopback()) {
			t.Fatalf("accepted %q", text)
		}
	})
}

func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	set := pflag.NewFlagSet("argus", pflag.ContinueOnError)
	AddFlags(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	return set
}
