package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argus/host/ledger"
	"argus/internal/installed"
	"argus/kernel"
)

// TestItRuns makes the whole way in little: every system answers, every call is in the journal, and there is something to print.
func TestItRuns(t *testing.T) {
	o, err := flags([]string{"--quick", "--out", filepath.Join(t.TempDir(), "results.json")})
	if err != nil {
		t.Fatal(err)
	}
	b, err := open(t.Context(), o) // not in the test's folder: paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(b.folder) })
	r, err := b.measure(t.Context())
	if err = errors.Join(err, b.close()); err != nil {
		t.Fatal(err)
	}
	if r.Journal, err = b.checkJournals(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := errors.Join(r.write(&out), r.keep(o.out)); err != nil {
		t.Fatal(err)
	}
	for _, told := range []string{"no cache", "policies loaded: 5 1000", "sandbox     on: ", "durable", "written", "G1", "reverse proxy", "G9"} {
		if !strings.Contains(out.String(), told) {
			t.Errorf("it does not tell %q:\n%s", told, &out)
		}
	}
	if r.Journal.Calls == 0 || len(r.Lines) != 12 || len(r.Streams) != 9 {
		t.Errorf("%d calls in the journal, %d lines, %d of streams", r.Journal.Calls, len(r.Lines), len(r.Streams))
	}
	// The same journal does not do for one call more.
	argus := b.systems[2]
	more := append(argus.made, calls{note, argus.serial, argus.serial + 1})
	if _, err := checkJournal(argus.argus.State(), more); err == nil || !strings.Contains(err.Error(), "the start of 1 calls") {
		t.Errorf("a call without its start is not missed: %v", err)
	}
}

// TestAlteredBytesAreCaught runs a pass-through that does not carry the same bytes.
func TestAlteredBytesAreCaught(t *testing.T) {
	folder := t.TempDir()
	if err := installed.Compile(t.Context(), folder, programs); err != nil {
		t.Fatal(err)
	}
	for _, alter := range []bool{false, true} {
		systems, err := openPlain(options{alter: alter}, folder)
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{systems: systems, streams: &streams{}}
		odd, call := b.compareBytes(), systems[1].callers[0].call(note, 1)
		if err := b.close(); err != nil {
			t.Error(err)
		}
		if alter != (odd != nil) || alter != errors.Is(call, errBytes) {
			t.Errorf("altered %v, told %v and %v", alter, odd, call)
		}
	}
}

// TestMissingEventsAreCaught feeds lists of records from which something was taken, or to which something was added.
func TestMissingEventsAreCaught(t *testing.T) {
	made := []calls{{note, 1, 3}, {post, 3, 4}}
	var whole []ledger.Record
	for serial := uint64(1); serial < 4; serial++ {
		digest, err := digestOf(serial)
		if err != nil {
			t.Fatal(err)
		}
		call := kernel.InvokeStart{Arguments: digest}
		if serial == 3 {
			call.Sinks = kernel.SinksOf(kernel.NetworkExternal)
		}
		id := kernel.InvocationID(serial)
		whole = append(whole, ledger.Record{Event: kernel.Started{Invocation: id, Call: call}},
			ledger.Record{Event: kernel.Completed{Invocation: id, Outcome: kernel.Success, Released: true}})
	}
	judge := func(records []ledger.Record) error {
		e, err := expect(made)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if err := e.observe(r); err != nil {
				return err
			}
		}
		return e.missing()
	}
	if err := judge(whole); err != nil {
		t.Errorf("control: %v", err)
	}
	for i := range whole {
		without := append(append([]ledger.Record{}, whole[:i]...), whole[i+1:]...)
		if judge(without) == nil {
			t.Errorf("record %d is not missed", i+1)
		}
		twice := append(append([]ledger.Record{}, whole...), whole[i])
		if judge(twice) == nil {
			t.Errorf("record %d may come twice", i+1)
		}
	}
	withheld := append([]ledger.Record{}, whole...)
	withheld[1].Event = kernel.Completed{Invocation: 1, Outcome: kernel.Unknown, Released: true}
	if judge(withheld) == nil {
		t.Error("a call whose end is unknown counts as made")
	}
}
