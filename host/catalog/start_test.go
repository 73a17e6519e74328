package catalog

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/fault"
	"argus/plugin/sdk"
)

func TestPluginThatDoesNotStartHoldsUpNoOther(t *testing.T) {
	for _, name := range []string{"hangs", "mute"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.options.StartTimeout = 3 * time.Second
			begun := time.Now()
			c := w.open(w.spec(sdk.KindOracle, "judge"), w.spec(sdk.KindRegistry, name))
			until(t, w.options.StartTimeout, "the other plugin answers", func() bool {
				_, err := c.Oracle().Ask(t.Context(), question("x"))
				return err == nil
			})
			err := c.Ready(t.Context())
			if took := time.Since(begun); took < w.options.StartTimeout || took > w.options.StartTimeout+3*time.Second {
				t.Errorf("the start was given up after %s", took)
			}
			if err == nil || !strings.Contains(err.Error(), "plugin "+name) || strings.Contains(err.Error(), "plugin judge") {
				t.Errorf("err = %v", err)
			}
			s := c.Status()[1]
			if s.State == Running || s.LastError == "" {
				t.Errorf("status = %+v", s)
			}
		})
	}
}

func TestCloseDoesNotWaitForAStart(t *testing.T) {
	for _, name := range []string{"hangs", "mute"} {
		w := newWorld(t)
		c := w.open(w.spec(sdk.KindOracle, name))
		until(t, 2*time.Second, "it is being started", func() bool { return strings.Contains(w.log.String(), "waiting for RPC address") })
		begun := time.Now()
		c.Close()
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%s: close took %s", name, took)
		}
		if strings.Contains(w.log.String(), "[ERROR]") {
			t.Errorf("%s: what we ended ourselves is told as an error:\n%s", name, w.log)
		}
	}
}

func TestHandshakeThatBreaksTheRulesIsRefused(t *testing.T) {
	for name, why := range map[string]string{
		"elsewhere": "outside the folder",
		"tcp":       "outside the folder",
		"netrpc":    "unsupported plugin protocol",
		"plain":     "does not answer",
		"exits":     "",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			err := w.open(w.spec(sdk.KindOracle, name)).Ready(t.Context())
			if err == nil || !strings.Contains(err.Error(), why) {
				t.Fatalf("err = %v", err)
			}
		})
	}
}

func TestAStartThatFailsTellsWhatThePluginDidInstead(t *testing.T) {
	for name, why := range map[string][]string{
		"exits":     {"it ended (exit status 3) before it said", "printed nothing"},
		"complains": {"it ended (exit status 4) before it said", "no licence / buy one"},
		"welcomes":  {"it did not say in time", "Welcome"},
		"version":   {"incompatible API version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			err := w.open(w.spec(sdk.KindOracle, name)).Ready(t.Context())
			for _, part := range why {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("err = %v, without %q", err, part)
				}
			}
		})
	}
}

func TestAnswersThatBreakTheContractAreFaults(t *testing.T) {
	for name, want := range map[string]fault.Kind{
		"raw-arguments": fault.Bug,
		"raw-enum":      fault.Bug,
		"raw-policy":    fault.Stale,
	} {
		t.Run(name, func(t *testing.T) {
			c := newWorld(t).oracle(name)
			answer, err := c.Oracle().Ask(t.Context(), question("x"))
			if err == nil || fault.KindOf(err) != want || answer.Authorized {
				t.Fatalf("answer = %+v, err = %v", answer, err)
			}
		})
	}
	t.Run("raw-nonce", func(t *testing.T) {
		c := newWorld(t).oracle("raw-nonce")
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := c.Oracle().Ask(ctx, question("x")); fault.KindOf(err) != fault.Timeout {
			t.Fatalf("err = %v", err)
		}
		if c.Oracle().Strays() != 1 {
			t.Fatalf("%d strays", c.Oracle().Strays())
		}
	})
	t.Run("control", func(t *testing.T) {
		if !ask(t, newWorld(t).oracle("raw-nothing"), "x").Authorized {
			t.Fatal("the same plugin without a breach does not authorize")
		}
	})
}

func TestSocketsAreOursAlone(t *testing.T) {
	w := newWorld(t)
	c := w.oracle("judge")
	sockets := 0
	err := filepath.WalkDir(w.options.RunDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Type()&fs.ModeSocket != 0 {
			sockets++
		}
		if info, err := entry.Info(); err == nil && entry.IsDir() && info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil || sockets != 1 {
		t.Errorf("%d sockets, %v", sockets, err)
	}
	c.Close()
	left, err := os.ReadDir(w.options.RunDir)
	if err != nil || len(left) != 0 {
		t.Errorf("close left %v, %v", left, err)
	}
}

func TestPluginsOwnLogKeepsItsLevel(t *testing.T) {
	w := newWorld(t)
	ask(t, w.oracle("judge"), "log")
	for _, line := range []string{"[WARN]  plugins.judge: the policy is old", "[ERROR] plugins.judge: the policy is gone", "screen?[2J"} {
		until(t, 2*time.Second, "the log has "+line, func() bool { return strings.Contains(w.log.String(), line) })
	}
	if text := w.log.String(); strings.ContainsAny(text, "\x1b\a") || strings.Contains(text, "u001b") {
		t.Errorf("the plugin reaches the terminal:\n%q", text)
	}
}

func TestDeathIsToldOnceHoweverOftenItComesBack(t *testing.T) {
	w := newWorld(t)
	c := w.open(w.spec(sdk.KindOracle, "exits"))
	until(t, 5*time.Second, "it was started three times", func() bool { return c.Status()[0].Restarts >= 3 })
	if n := strings.Count(w.log.String(), "[ERROR]"); n != 1 {
		t.Errorf("told %d times:\n%s", n, w.log)
	}
}

func TestSuccessIsQuiet(t *testing.T) {
	w := newWorld(t)
	w.options.Logger = hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: w.log})
	c := w.oracle("judge")
	ask(t, c, "x")
	c.Close()
	c.Close()
	if text := w.log.String(); text != "" {
		t.Errorf("the log has %s", text)
	}
}
