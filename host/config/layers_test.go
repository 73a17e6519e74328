package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestLaterSourcesWin(t *testing.T) {
	system := write(t, required()+"state = \"sys\"\nlog.level = \"warn\"\n[mcp]\nlisten = \"127.0.0.2:1\"\n[limits]\ndepth = 3\n"+pluginTables())
	user := write(t, "log.level = \"error\"\n[mcp]\nlisten = \"127.0.0.3:2\"\n[limits]\ncalls_per_minute = 9\n")
	named := write(t, required()+pluginTables())
	all := Options{System: system, User: user}
	for name, c := range map[string]struct {
		o                    Options
		level, listen, state string
		depth                int
	}{
		"default":     {Options{File: named, System: system, User: user}, "info", "127.0.0.1:8741", named[:len(named)-10] + "state", 8},
		"system":      {Options{System: system}, "warn", "127.0.0.2:1", system[:len(system)-10] + "sys", 3},
		"user":        {all, "error", "127.0.0.3:2", system[:len(system)-10] + "sys", 3},
		"environment": {all.with("ARGUS_LOG_LEVEL=debug", "ARGUS_LISTEN_PORT=5", "ARGUS_STATE=/e"), "debug", "127.0.0.3:5", "/e", 3},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Load(c.o)
			if err != nil {
				t.Fatal(err)
			}
			if got.Log.Level != c.level || got.MCP.Listen.String() != c.listen || got.State != c.state || got.Limits.Depth != c.depth {
				t.Errorf("got %s %s %s %d", got.Log.Level, got.MCP.Listen, got.State, got.Limits.Depth)
			}
		})
	}
	all = all.with("ARGUS_LOG_LEVEL=debug", "ARGUS_LISTEN_PORT=5", "ARGUS_STATE=/e")
	all.Flags = flags(t, "--log-level=trace", "--listen=127.0.0.9:6", "--state=/f")
	got, err := Load(all)
	if err != nil || got.Log.Level != "trace" || got.MCP.Listen.String() != "127.0.0.9:6" || got.State != "/f" {
		t.Errorf("flags: %+v %v", got, err)
	}
}

func (o Options) with(environ ...string) Options {
	o.Environ = environ
	return o
}

func TestTheEnvironmentGrantsNothing(t *testing.T) {
	for _, variable := range []string{
		"ARGUS_OPERATOR_KEY=ed25519:hunter2", "ARGUS_MCP_LISTEN=0.0.0.0:1", "ARGUS_MCP_ALLOWED_ORIGINS=hunter2", "ARGUS_LISTEN=0.0.0.0:1",
		"ARGUS_LIMITS_DEPTH=64", "ARGUS_PROFILE_X_NETWORK=true", "ARGUS_SERVER_0_COMMAND=hunter2", "ARGUS_PLUGIN_0_SHA256=hunter2",
		"ARGUS_CONFIG=/hunter2",
	} {
		got := strings.Join(mistakes(t, required()+pluginTables(), variable), "\n")
		if !strings.Contains(got, "cannot set what grants") || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %q", variable, got)
		}
	}
}

func TestAnUnknownVariableIsAMistake(t *testing.T) {
	got := mistakes(t, required()+pluginTables(), "ARGUS_LOG_LEVLE=hunter2", "OTHER=1")
	want := "environment ARGUS_LOG_LEVLE: is not a setting (did you mean ARGUS_LOG_LEVEL?)"
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %q", got)
	}
	o := Options{File: write(t, required()+pluginTables()), Environ: []string{"ARGUS_CREDENTIAL=x"}, OtherNames: []string{"ARGUS_CREDENTIAL"}}
	if _, err := Load(o); err != nil {
		t.Errorf("a variable of another part: %v", err)
	}
}

func TestAVariableCannotMoveTheDoorOffThisMachine(t *testing.T) {
	for _, value := range []string{"0.0.0.0:80", "80@x", "-1", "65536", ""} {
		if got := mistakes(t, required()+pluginTables(), "ARGUS_LISTEN_PORT="+value); len(got) != 1 || !strings.Contains(got[0], "is not a port") {
			t.Errorf("%q: %q", value, got)
		}
	}
	if got := mistakes(t, required()+pluginTables(), "ARGUS_STATE=here"); len(got) != 1 || !strings.Contains(got[0], "absolute") {
		t.Errorf("relative state: %q", got)
	}
}

func TestAFlagIsHeldToTheSameRules(t *testing.T) {
	o := Options{File: write(t, required()+pluginTables()), Flags: flags(t, "--listen=0.0.0.0:1")}
	if _, err := Load(o); err == nil || !strings.Contains(err.Error(), "flag --listen: mcp.listen must be a loopback") {
		t.Errorf("got %v", err)
	}
}

func TestMistakesInACoveredLayerAreReported(t *testing.T) {
	system := write(t, required()+"nonsense = 1\n"+pluginTables())
	user := write(t, "other = 1\n")
	_, err := Load(Options{System: system, User: user})
	if err == nil || !strings.Contains(err.Error(), system+`:2: unknown key "nonsense"`) || !strings.Contains(err.Error(), user+`:1: unknown key "other"`) {
		t.Errorf("got %v", err)
	}
}

func TestEveryValueKnowsItsOrigin(t *testing.T) {
	system := write(t, required()+"state = \"/s\"\n[profile.p]\n"+pluginTables())
	user := write(t, "[[server]]\nname = \"a\"\ncommand = \"/bin/sh\"\nenv = { TOKEN = \"hunter2\" }\nargs = [\"hunter2\"]\nprofile = \"p\"\n")
	o := Options{System: system, User: user, Environ: []string{"ARGUS_LOG_LEVEL=debug"}, Flags: flags(t, "--listen=127.0.0.1:6")}
	c, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	origins, values := map[string]string{}, map[string]string{}
	for _, s := range c.Settings() {
		origins[s.Key], values[s.Key] = s.Origin, s.Value
		if strings.Contains(s.Value, "hunter2") {
			t.Errorf("%s shows what may be a secret", s.Key)
		}
	}
	for key, want := range map[string]string{
		"state": system + ":2", "server[0].name": user + ":2", "server[0].env.TOKEN": user + ":4", "limits.depth": "default",
		"log.level": "environment ARGUS_LOG_LEVEL", "mcp.listen": "flag --listen", "plugin[2].kind": system + ":13", "profile.p": system + ":3",
	} {
		if origins[key] != want {
			t.Errorf("%s from %q, want %q", key, origins[key], want)
		}
	}
	if values["limits.depth"] != "8" || values["server[0].name"] != `"a"` {
		t.Errorf("values %v", values)
	}
}

func TestListsAreReplacedAndTablesMerged(t *testing.T) {
	server := func(name string) string {
		return "[[server]]\nname = \"" + name + "\"\ncommand = \"/bin/sh\"\nprofile = \"p\"\n"
	}
	system := write(t, required()+"[profile.p]\nread = [\"a\", \"b\"]\nwrite = [\"out\"]\n"+server("one")+server("two")+pluginTables())
	user := write(t, "[profile.p]\nread = [\"c\"]\n"+server("three"))
	c, err := Load(Options{System: system, User: user})
	if err != nil {
		t.Fatal(err)
	}
	p := c.Profiles["p"]
	if len(p.Read) != 1 || p.Read[0] != filepath.Dir(user)+"/c" || len(p.Write) != 1 || p.Write[0] != filepath.Dir(system)+"/out" {
		t.Errorf("profile %+v", p)
	}
	if len(c.Servers) != 1 || c.Servers[0].Name != "three" {
		t.Errorf("servers %+v", c.Servers)
	}
}

func TestWithoutAFileThePersonIsToldWhatToDo(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.toml")
	if _, err := Load(Options{System: none, User: none}); err == nil || !strings.Contains(err.Error(), "run argus init") {
		t.Errorf("got %v", err)
	}
}
