package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"argus/host"
	"argus/host/journal"
)

// installedState is a state folder with a journal and much beside it.
func installedState(t *testing.T) string {
	t.Helper()
	state := filepath.Join(t.TempDir(), "state")
	for i := range 300 {
		folder := filepath.Join(state, "theories", fmt.Sprint(i%50))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j, _, err := journal.Open(filepath.Join(state, host.JournalFolder), journal.Options{})
	if err == nil {
		err = j.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// uninstall runs the command as a person would.
func uninstall(t *testing.T, state string) error {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	root := newRoot(newConsole(null, null, null))
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	root.SetArgs([]string{"uninstall", "--purge", "--yes", "--state", state, "--config", filepath.Join(t.TempDir(), "argus.toml")})
	return root.ExecuteContext(t.Context())
}

// TestNothingIsRemovedUnderADaemonThatDoesNotAnswer: one that starts, or ends, has the journal and no door.
func TestNothingIsRemovedUnderADaemonThatDoesNotAnswer(t *testing.T) {
	state := installedState(t)
	lock, err := journal.Lock(filepath.Join(state, host.JournalFolder))
	if err != nil {
		t.Fatal(err)
	}
	if err := uninstall(t, state); !errors.Is(err, journal.ErrLocked) || !strings.Contains(err.Error(), "stop that one first") {
		t.Errorf("it ended with %v", err)
	}
	if _, err := os.Stat(filepath.Join(state, "theories", "7", "7")); err != nil {
		t.Error(err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if err := uninstall(t, state); err != nil {
		t.Errorf("the control: %v", err)
	}
	if _, err := os.Lstat(state); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// TestADaemonCannotStartWhileItIsRemoved tries to have the journal all the time: who gets it finds nothing else, or everything.
func TestADaemonCannotStartWhileItIsRemoved(t *testing.T) {
	state := installedState(t)
	folder := filepath.Join(state, host.JournalFolder)
	over := make(chan struct{})
	var trying sync.WaitGroup
	refused := 0
	trying.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
			}
			lock, err := journal.Lock(folder)
			if errors.Is(err, journal.ErrLocked) {
				refused++
			}
			if err != nil {
				continue
			}
			left := count(filepath.Join(state, "theories"))
			lock.Close()
			if left != 0 && left != 300 {
				t.Errorf("the journal could be had when %d of 300 files were left", left)
				return
			}
		}
	})
	for { // it loses the race for the lock now and then, and then removes nothing
		err := uninstall(t, state)
		if errors.Is(err, journal.ErrLocked) {
			continue
		}
		if err != nil {
			t.Error(err)
		}
		break
	}
	close(over)
	trying.Wait()
	if refused == 0 {
		t.Error("nobody was refused: the test tries nothing")
	}
}

// count tells how many files lie below a folder.
func count(folder string) (n int) {
	_ = filepath.WalkDir(folder, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return nil
	})
	return n
}
