package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"argus/kernel"
)

// Theories are kept beside the journal under the digest of what they say, so that every record can be judged again by the theory that
// judged it. A file that does not have its name's digest is refused.

const maxTheory = 64 << 20

type theoryWire struct {
	OraclePolicy kernel.Digest       `json:"oracle_policy"`
	Catalogue    []kernel.Capability `json:"catalogue"`
	Issuers      []kernel.Issuer     `json:"issuers"`
	Endorsing    []kernel.SlotID     `json:"endorsing"`
	Policy       []string            `json:"policy"`
	Tools        []theoryToolWire    `json:"tools"`
}

type theoryToolWire struct {
	ID       kernel.ToolID       `json:"id"`
	Needs    []kernel.Capability `json:"needs"`
	Sinks    sinksText           `json:"sinks"`
	Label    exposureText        `json:"label"`
	Endorsed bool                `json:"endorsed"`
	Reads    []kernel.StoreID    `json:"reads"`
	Writes   []kernel.StoreID    `json:"writes"`
	Issuer   kernel.Issuer       `json:"issuer"`
}

// IllFormed says why a theory is none.
type IllFormed struct{ Problems []kernel.Problem }

func (i IllFormed) Error() string {
	texts := make([]string, len(i.Problems))
	for n, p := range i.Problems {
		texts[n] = p.String()
	}
	return "the theory is not well formed: " + strings.Join(texts, "; ")
}

// Seal gives a theory its content address and builds it. spec.Digest is ignored. The error is an [IllFormed].
func Seal(spec kernel.TheorySpec) (kernel.Theory, error) {
	spec.Digest = digestOf(must(wireOf(spec)))
	t, problems := kernel.NewTheory(spec)
	if len(problems) > 0 {
		return kernel.Theory{}, IllFormed{problems}
	}
	return t, nil
}

func digestOf(b []byte) kernel.Digest {
	sum := sha256.Sum256(b)
	return kernel.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// wireOf is the one form of a theory: whatever order the spec had, equal theories have equal forms.
func wireOf(spec kernel.TheorySpec) theoryWire {
	w := theoryWire{
		OraclePolicy: spec.OraclePolicy,
		Catalogue:    sorted(spec.Catalogue),
		Issuers:      sorted(spec.Issuers),
		Endorsing:    sorted(spec.Endorsing),
		Policy:       []string{},
		Tools:        []theoryToolWire{},
	}
	for _, r := range spec.Policy {
		if r.Mode != kernel.Deny {
			w.Policy = append(w.Policy, fmt.Sprintf("%s/%s/%s/%s", r.Level, r.Integrity, r.Sink, r.Mode))
		}
	}
	slices.Sort(w.Policy)
	for _, t := range spec.Tools {
		w.Tools = append(w.Tools, theoryToolWire{
			ID: t.ID, Needs: sorted(t.Needs), Sinks: sinksText(t.Sinks), Label: exposureText(t.Label), Endorsed: t.Endorsed,
			Reads: sorted(t.Reads), Writes: sorted(t.Writes), Issuer: t.Issuer,
		})
	}
	slices.SortFunc(w.Tools, func(a, b theoryToolWire) int { return cmp.Compare(a.ID, b.ID) })
	return w
}

func sorted[K ~string](ks []K) []K {
	return slices.Compact(slices.Sorted(slices.Values(append([]K{}, ks...))))
}

func (w theoryWire) spec() (kernel.TheorySpec, error) {
	spec := kernel.TheorySpec{OraclePolicy: w.OraclePolicy, Catalogue: w.Catalogue, Issuers: w.Issuers, Endorsing: w.Endorsing}
	for _, cell := range w.Policy {
		r, err := readRow(cell)
		if err != nil {
			return kernel.TheorySpec{}, err
		}
		spec.Policy = append(spec.Policy, r)
	}
	for _, t := range w.Tools {
		spec.Tools = append(spec.Tools, kernel.ToolSpec{
			ID: t.ID, Needs: t.Needs, Sinks: kernel.Sinks(t.Sinks), Label: kernel.Exposure(t.Label), Endorsed: t.Endorsed,
			Reads: t.Reads, Writes: t.Writes, Issuer: t.Issuer,
		})
	}
	return spec, nil
}

func readRow(cell string) (kernel.Row, error) {
	part := strings.Split(cell, "/")
	if len(part) != 4 {
		return kernel.Row{}, fmt.Errorf("no flow cell: %.80q", cell)
	}
	l, okLevel := kernel.ParseLevel(part[0])
	i, okIntegrity := kernel.ParseIntegrity(part[1])
	e, okSink := kernel.ParseSink(part[2])
	m, okMode := kernel.ParseMode(part[3])
	if !okLevel || !okIntegrity || !okSink || !okMode {
		return kernel.Row{}, fmt.Errorf("no flow cell: %.80q", cell)
	}
	return kernel.Row{Level: l, Integrity: i, Sink: e, Mode: m}, nil
}

type theoryFolder string

var theoryDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func (f theoryFolder) path(d kernel.Digest) (string, error) {
	if !theoryDigest.MatchString(string(d)) {
		return "", fmt.Errorf("no digest of a theory: %.80q", d)
	}
	return filepath.Join(string(f), strings.TrimPrefix(string(d), "sha256:")+".json"), nil
}

// keep writes a theory durably, before any record may name it.
func (f theoryFolder) keep(spec kernel.TheorySpec, d kernel.Digest) error {
	path, err := f.path(d)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return fmt.Errorf("make the folder of theories: %w", err)
	}
	tmp := path + ".new"
	if err := writeSynced(tmp, must(wireOf(spec))); err != nil {
		return fmt.Errorf("write theory: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("write theory: %w", err)
	}
	return syncFolder(string(f))
}

func writeSynced(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(file.Sync(), file.Close())
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f theoryFolder) read(d kernel.Digest) (kernel.Theory, error) {
	path, err := f.path(d)
	if err != nil {
		return kernel.Theory{}, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return kernel.Theory{}, fmt.Errorf("theory %s is missing beside the journal: put the file back from a backup", d)
	}
	if err != nil {
		return kernel.Theory{}, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxTheory))
	if err != nil {
		return kernel.Theory{}, fmt.Errorf("read theory %s: %w", d, err)
	}
	if digestOf(content) != d {
		return kernel.Theory{}, fmt.Errorf("theory file of %s was altered: put it back from a backup", d)
	}
	var w theoryWire
	if err := strict(content, &w); err != nil {
		return kernel.Theory{}, fmt.Errorf("read theory %s: %w", d, err)
	}
	spec, err := w.spec()
	if err != nil {
		return kernel.Theory{}, fmt.Errorf("read theory %s: %w", d, err)
	}
	return Seal(spec)
}
