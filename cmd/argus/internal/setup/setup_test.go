package setup

import (
	"os"
	"path/filepath"
	"testing"

	"argus/host/config"
)

func TestWithoutASandboxNoneIsPinned(t *testing.T) {
	for _, sandboxed := range []bool{false, true} {
		plugins := t.TempDir()
		names := []string{cedar, git}
		if sandboxed {
			names = append(names, landlock, Helper)
		}
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(plugins, name), []byte(name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		folder, err := os.MkdirTemp("", "a") // short enough for the sockets below it
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(folder) })
		unsealed := func(bool) (string, error) { return "", nil }
		if _, err := Init(Options{Folder: filepath.Join(folder, "c"), PluginDir: plugins, Passphrase: unsealed, Sandboxed: sandboxed}); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(config.Options{File: filepath.Join(folder, "c", ConfigFile), Home: folder})
		if err != nil {
			t.Fatal(err)
		}
		if _, is := c.Plugin(config.Sandbox); is != sandboxed {
			t.Errorf("sandboxed %v, and the configuration names a sandbox: %v", sandboxed, is)
		}
		if _, is := c.Plugin(config.Oracle); !is {
			t.Error("the configuration names no oracle")
		}
	}
}
