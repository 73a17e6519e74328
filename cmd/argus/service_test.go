package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argus/cmd/argus/internal/service"
)

func TestASystemServiceRunsNoProgramThatOthersCanChange(t *testing.T) {
	for name, modes := range map[string]struct{ folder, file os.FileMode }{
		"a folder of others": {0o777, 0o755}, "a file of others": {0o755, 0o775}, "ours alone": {0o755, 0o755},
	} {
		folder := t.TempDir()
		program := filepath.Join(folder, "argus")
		if err := os.WriteFile(program, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		for path, mode := range map[string]os.FileMode{folder: modes.folder, program: modes.file} {
			if err := os.Chmod(path, mode); err != nil { // whatever the mask
				t.Fatal(err)
			}
		}
		err := boundary(service.Spec{System: true, Program: program})
		if open := strings.HasSuffix(name, "of others"); open != (err != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err := boundary(service.Spec{Program: program}); err != nil {
			t.Errorf("%s, a service of the user's own: %v", name, err)
		}
	}
}

func TestABoundaryIsOnlyWhatRunsAsSomebodyElse(t *testing.T) {
	for _, c := range []struct {
		owner, person int
		want          string
	}{
		{1001, 1000, stateGood}, {1000, 1000, stateNote}, {0, 0, stateNote}, {1000, 0, stateNote}, {0, 1000, stateGood},
	} {
		if f := userFinding(c.owner, c.person); f.State != c.want {
			t.Errorf("Argus of %d, person %d: %+v", c.owner, c.person, f)
		}
	}
}
