// Package report is what a sandbox's helper tells the host from inside, after it applied its protections and before it runs the
// server. It imports next to nothing, so that a helper stays small and starts fast.
//
// The host believes a report because the helper is the pinned file that the host itself started; it kills a helper whose report
// is missing, malformed or lists less than was promised.
package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Protection is one promise. What was promised is applied and reported, or the server does not run.
type Protection string

// The catalogue of the contract.
const (
	NoNewPrivileges Protection = "no_new_privileges"
	Files           Protection = "files"         // only the listed files can be opened
	Network         Protection = "network"       // no socket but local pairs
	Signals         Protection = "signals"       // no signal and no ptrace to processes outside
	SystemCalls     Protection = "system_calls"  // the deny list of the sandbox
	Descriptors     Protection = "descriptors"   // none but standard input, output and error
	Lifetime        Protection = "lifetime"      // every descendant dies with the daemon
	Limits          Protection = "limits"        // processes, file size, open files
	LocalSockets    Protection = "local_sockets" // no unix socket by name, with or without network
)

var all = []Protection{
	NoNewPrivileges, Files, Network, Signals, SystemCalls, Descriptors, Lifetime, Limits, LocalSockets,
}

// All is the whole catalogue.
func All() []Protection { return slices.Clone(all) }

// Known reports whether p is in the catalogue.
func (p Protection) Known() bool { return slices.Contains(all, p) }

// Report is one JSON line.
type Report struct {
	Protections []Protection `json:"protections"`
	// Error tells why the helper gave up. The server does not run then.
	Error string `json:"error,omitempty"`
}

// MaxSize bounds a report in bytes.
const MaxSize = 16 << 10

// Write writes r as one line. The caller closes w, which tells the host that the report is whole.
func Write(w io.Writer, r Report) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// Read reads a report until end of file. The caller sets a deadline on r. Anything but exactly one well-formed line of known
// protections is an error, and so is a report that carries one.
func Read(r io.Reader) (Report, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return Report{}, fmt.Errorf("read the report: %w", err)
	}
	if len(data) > MaxSize {
		return Report{}, fmt.Errorf("the report is longer than %d bytes", MaxSize)
	}
	if len(data) == 0 {
		return Report{}, errors.New("the helper closed its report without a word")
	}
	return parse(data)
}

func parse(data []byte) (Report, error) {
	line, ok := bytes.CutSuffix(data, []byte("\n"))
	if !ok || bytes.ContainsRune(line, '\n') {
		return Report{}, errors.New("the report is not one whole line")
	}
	var report Report
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&report); err != nil {
		return Report{}, fmt.Errorf("decode the report: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Report{}, errors.New("the report holds more than one JSON value")
	}
	for _, p := range report.Protections {
		if !p.Known() {
			return Report{}, errors.New("the report lists a protection that does not exist")
		}
	}
	if report.Error != "" {
		return Report{}, fmt.Errorf("the helper gave up: %q", report.Error)
	}
	return report, nil
}

// Missing are those of promised that r does not list.
func (r Report) Missing(promised []Protection) []Protection {
	var missing []Protection
	for _, p := range promised {
		if !slices.Contains(r.Protections, p) {
			missing = append(missing, p)
		}
	}
	return missing
}
