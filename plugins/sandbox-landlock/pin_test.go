//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argus/plugin/sdk"
)

func TestOnlyThePinnedHelperConfines(t *testing.T) {
	p := configured(t)
	folder := p.folder
	sum, err := hashHelper(folder)
	if err != nil {
		t.Fatal(err)
	}
	pinnedTo := func(sum string) sdk.Settings {
		return sdk.Settings{JSON: fmt.Sprintf(`{"helper_sha256": %q}`, sum), ConfigFolder: folder, PluginFolder: folder}
	}
	other := &plugin{}
	if problems := other.Configure(t.Context(), pinnedTo(strings.Repeat("0", 64))); len(problems) == 0 {
		t.Error("a helper that is not the pinned one was taken")
	}
	if problems := p.Configure(t.Context(), pinnedTo(sum)); len(problems) > 0 {
		t.Fatal(problems)
	}
	if _, err := p.Plan(t.Context(), request(t)); err != nil {
		t.Fatal(err)
	}
	replaceHelper(t, folder)
	if _, err := p.Plan(t.Context(), request(t)); err == nil || !strings.Contains(err.Error(), "not the one that was pinned") {
		t.Errorf("planned with a replaced helper: %v", err)
	}
}

func replaceHelper(t *testing.T, folder string) {
	t.Helper()
	path := filepath.Join(folder, helper)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("another program"), 0o700); err != nil {
		t.Fatal(err)
	}
}
