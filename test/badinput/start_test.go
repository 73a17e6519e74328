package badinput

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"argus/test/daemon"
)

func TestConfigWithFiveMistakesTellsAllOfThem(t *testing.T) {
	f := daemon.Init(t, programs)
	f.Edit(t, "argus.toml", `call_timeout = "60s"`, `call_timeout = "sixty"`)
	f.Edit(t, "argus.toml", `depth = 8`, `deepth = 8`)
	f.Edit(t, "argus.toml", `level = "info"`, `level = "loud"`)
	f.Edit(t, "argus.toml", `listen = "127.0.0.1:0"`, `listen = "0.0.0.0:8741"`)
	f.Configure(t, "[[server]]\nname = \"files\"\ncommand = \"/bin/true\"\nprofile = \"none\"\n")
	_, err := f.TryServe(t)
	if err == nil {
		t.Fatal("it came up")
	}
	for _, mistake := range []string{"call_timeout", "deepth", "level", "listen", "no profile"} {
		if !regexp.MustCompile(`argus\.toml:\d+: [^\n]*` + mistake).MatchString(err.Error()) {
			t.Errorf("nothing about %s, with file and line, in:\n%v", mistake, err)
		}
	}
	say(t, "a configuration with five mistakes", fmt.Sprintf("%d lines with file and line", strings.Count(err.Error(), "argus.toml:")))
	f.Edit(t, "argus.toml", `"sixty"`, `"60s"`)
	f.Edit(t, "argus.toml", `deepth = 8`, `depth = 8`)
	f.Edit(t, "argus.toml", `level = "loud"`, `level = "info"`)
	f.Edit(t, "argus.toml", `listen = "0.0.0.0:8741"`, `listen = "127.0.0.1:0"`)
	f.Configure(t, "[profile.none]\nread = []\n")
	f.Serve(t) // the control
}

func TestPluginWithAnotherChecksumIsNotRun(t *testing.T) {
	f := daemon.Init(t, programs)
	right := regexp.MustCompile(`sha256 = "([0-9a-f]{64})"`).FindStringSubmatch(f.Read(t, "argus.toml"))[1]
	f.Edit(t, "argus.toml", right, strings.Repeat("0", 64))
	_, err := f.TryServe(t)
	if err == nil || !strings.Contains(err.Error(), "oracle-cedar") || !strings.Contains(err.Error(), "argus plugin pin") {
		t.Errorf("it says: %v", err)
	}
	if err != nil {
		say(t, "a plugin with another checksum", strings.TrimSpace(strings.SplitN(err.Error(), "\n", 2)[1]))
	}
	f.Edit(t, "argus.toml", strings.Repeat("0", 64), right)
	f.Serve(t) // the control
}

func TestJournalThatWasChangedIsNotServedFrom(t *testing.T) {
	f := daemon.Init(t, programs)
	d := f.Serve(t)
	f.NewAgent(t, "somebody")
	d.Kill()
	segments, err := filepath.Glob(f.Path("state/journal/0*"))
	if err != nil || len(segments) == 0 {
		t.Fatal("the journal has no segment", err)
	}
	name, _ := filepath.Rel(f.Dir, segments[0])
	right := f.Read(t, name)
	at := strings.Index(right, "somebody")
	if at < 0 {
		t.Fatal("the journal does not name the agent")
	}
	f.Write(t, name, right[:at]+"nobodies"+right[at+len("nobodies"):])
	_, err = f.TryServe(t)
	if err == nil || !strings.Contains(err.Error(), filepath.Base(name)) {
		t.Errorf("it says: %v", err)
	}
	if err != nil {
		say(t, "a journal with another name in it", strings.SplitN(strings.TrimSpace(err.Error()), "\n", 2)[1])
	}
	f.Write(t, name, right)
	f.Serve(t) // the control
}
