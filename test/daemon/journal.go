package daemon

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"argus/host/journal"
)

// Step is what the journal keeps of one step, as far as tests look at it.
type Step struct {
	Sequence uint64
	Chain    journal.Chain

	Do    string // the transition
	Input struct {
		Agent, Tool, Arguments, Content string
		Outcome                         string
		Invocation                      uint64
	}
	Event struct{ Invocation uint64 }
	Note  struct{ Call, Principal string }
}

// Steps reads all steps from a copy of the journal, whose soundness is checked first. The daemon may be running.
func (f *Folder) Steps(t testing.TB) []Step {
	t.Helper()
	from := f.Path("state/journal")
	report, err := journal.Check(from)
	if err != nil || report.Bad != nil {
		t.Fatalf("the journal is not sound: %v %v", err, report.Bad)
	}
	steps, err := replay(from, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// replay reads a copy, since opening a journal changes it.
func replay(from, copied string) (steps []Step, err error) {
	if err := copyFiles(from, copied); err != nil {
		return nil, err
	}
	j, _, err := journal.Open(copied, journal.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	for r, err := range j.Replay(0) {
		if err != nil {
			return nil, err
		}
		var s Step
		if err := json.Unmarshal(r.Payload, &s); err != nil {
			return nil, err
		}
		s.Sequence, s.Chain = r.Seq, r.Chain
		if s.Do != "" {
			steps = append(steps, s)
		}
	}
	return steps, nil
}

func copyFiles(from, to string) error {
	if err := os.Chmod(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, e.Name()), text, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
