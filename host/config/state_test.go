package config

import (
	"path/filepath"
	"testing"
)

func TestStateFolderIsFoundWhateverElseIsWrong(t *testing.T) {
	const server = "[profile.p]\n[[server]]\nname = \"mail\"\ncommand = \"in-another-path\"\nprofile = \"p\"\n"
	for name, c := range map[string]struct{ text, want string }{
		"command that is not in this PATH": {required() + "state = \"/var/a\"\n" + pluginTables() + server, "/var/a"},
		"no plugins, an unknown key":       {"state = \"~/a\"\nbogus = 1\n", "/home/u/a"},
		"nothing but the default":          {"", "state"},
	} {
		path := write(t, c.text)
		want := c.want
		if !filepath.IsAbs(want) {
			want = filepath.Join(filepath.Dir(path), want)
		}
		o := Options{File: path, Home: "/home/u", Environ: []string{"PATH=", "ARGUS_BOGUS=1"}}
		if got, err := StateFolder(o); err != nil || got != want {
			t.Errorf("%s: %q, not %q: %v", name, got, want, err)
		}
		if _, err := Load(o); err == nil {
			t.Errorf("%s: the whole is taken for good", name)
		}
	}
}

func TestStateFolderThatIsWrongIsNotFound(t *testing.T) {
	for name, text := range map[string]string{"empty": "state = \"\"\n", "root": "state = \"/\"\n", "a number": "state = 1\n", "no TOML": "state\n"} {
		if got, err := StateFolder(Options{File: write(t, text), Home: "/home/u"}); err == nil || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := StateFolder(Options{File: filepath.Join(t.TempDir(), "none.toml")}); err == nil {
		t.Errorf("no file: %q", got)
	}
}
