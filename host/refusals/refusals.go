// Package refusals keeps what the operator is told of each refusal, by a reference that the agent may see.
//
// The agent may be the attacker's: it gets the rule, one fixed sentence and the reference. Causes, policies and what a person could do
// stand only here. Nothing is decided by what stands here, so it is neither synced nor chained; it is bounded instead, and repeated
// refusals are counted per agent, tool, rule and minute rather than written again.
package refusals

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"argus/host/journal"
)

// Reference names a refusal toward agents and the operator: "R-" and eight letters and digits.
type Reference string

// Refusal is one refusal as the operator sees it.
type Refusal struct {
	Reference Reference `json:"reference"`
	Time      time.Time `json:"time"`
	Rule      string    `json:"rule"`
	Sentence  string    `json:"sentence"` // all that the agent was told
	Agent     string    `json:"agent,omitempty"`
	Principal string    `json:"principal,omitempty"`
	Tool      string    `json:"tool,omitempty"`
	Arguments string    `json:"arguments,omitempty"` // their digest; never the arguments
	Level     string    `json:"level,omitempty"`     // the exposure that was judged
	Integrity string    `json:"integrity,omitempty"`
	Theory    string    `json:"theory,omitempty"`
	Causes    []string  `json:"causes,omitempty"`
	Remedies  []string  `json:"remedies,omitempty"`
	Count     uint64    `json:"count"` // in its minute
	Crossing  *Crossing `json:"crossing,omitempty"`
}

// Crossing is what a person can consent to: a call under exposures up to this one, which is the exposure judged with the call's own label.
type Crossing struct {
	Tool      string `json:"tool"` // its id, with the digest of its definition
	Level     string `json:"level"`
	Integrity string `json:"integrity"`
}

type key struct{ agent, tool, rule string }

const (
	fileName    = "refusals.log"
	maxRecent   = 4096
	maxDistinct = 256 // of one principal in a minute
	maxText     = 8 << 10
	searchDepth = 100_000
)

var referenceForm = regexp.MustCompile(`^R-[A-Z2-7]{8}$`)

// Book is an open record of refusals. Its methods may be called by anybody at any time.
type Book struct {
	path  string
	aside *journal.Aside
	now   func() time.Time

	written atomic.Uint64

	mu       sync.Mutex
	minute   time.Time
	recent   map[key]*Refusal
	distinct map[string]int // refusals in recent, by principal
}

// Open opens the record in a folder, making it when absent.
func Open(folder string) (*Book, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of refusals: %w", err)
	}
	path := filepath.Join(folder, fileName)
	aside, err := journal.OpenAside(path, 0)
	if err != nil {
		return nil, err
	}
	return &Book{path: path, aside: aside, now: time.Now, recent: map[key]*Refusal{}, distinct: map[string]int{}}, nil
}

// Record keeps a refusal and names it. One that repeats another of the same agent, tool and rule within its minute is counted there and has
// its reference. So has each beyond what one principal may fill a minute with: an agent that makes names up must not push out what it was
// refused before. A record that cannot be written is still answered from memory for its minute; err is for the log alone.
func (b *Book) Record(r Refusal) (Reference, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	err := b.turn(now)
	k := key{r.Agent, r.Tool, r.Rule}
	if b.recent[k] == nil && (b.distinct[r.Principal] >= maxDistinct || len(b.recent) >= maxRecent) {
		k, r = many(r)
	}
	if first, repeated := b.recent[k]; repeated {
		first.Count++
		return first.Reference, err
	}
	r.Causes, r.Remedies = fit(r.Causes), fit(r.Remedies)
	r.Reference, r.Time, r.Count = draw(), now.UTC(), 1
	b.recent[k] = &r
	b.distinct[r.Principal]++
	if e := b.append(r); e != nil {
		err = e
	}
	return r.Reference, err
}

// fit cuts a list off where it has become longer than anybody reads: some of it says where in its arguments an agent put something, and
// an entry that is too long would not be kept at all.
func fit(lines []string) []string {
	left := maxText
	for i, line := range lines {
		if left -= len(line); left >= 0 {
			continue
		}
		cut := len(line) + left
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		return append(append([]string{}, lines[:i]...), line[:cut], "more is left out")
	}
	return lines
}

// many stands for all further refusals of a principal by one rule. There are as many as principals and rules.
func many(r Refusal) (key, Refusal) {
	return key{tool: r.Principal, rule: r.Rule}, Refusal{
		Rule: r.Rule, Sentence: r.Sentence, Principal: r.Principal,
		Causes: []string{"too many different calls were refused in one minute: these are only counted"},
	}
}

// turn closes a minute that is over: what was repeated in it is written once more, with its count.
func (b *Book) turn(now time.Time) error {
	minute := now.Truncate(time.Minute)
	if minute.Equal(b.minute) {
		return nil
	}
	b.minute = minute
	return b.flush()
}

func (b *Book) flush() error {
	var failed error
	for _, r := range b.recent {
		if r.Count > 1 {
			if err := b.append(*r); err != nil {
				failed = err
			}
		}
	}
	clear(b.recent)
	clear(b.distinct)
	return failed
}

func (b *Book) append(r Refusal) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode refusal: %w", err)
	}
	if err := b.aside.Append(line); err != nil {
		return err
	}
	b.written.Add(1)
	return nil
}

// Written tells how often something was kept since the book was opened: whoever follows looks again when it moves.
func (b *Book) Written() uint64 { return b.written.Load() }

// After gives what was kept after the entry of a refusal with a count, in the order in which it was kept. A book that has no such entry, or not any
// more, gives all that it has. A refusal that happened again can be in it twice. No clock is asked: one that was set back would hide what came then.
func (b *Book) After(ref Reference, count uint64) ([]Refusal, error) {
	var kept []Refusal
	for r, err := range b.newest() {
		if err != nil {
			return nil, fmt.Errorf("read refusals: %w", err)
		}
		if r.Reference == ref && r.Count == count {
			break
		}
		kept = append(kept, r)
	}
	slices.Reverse(kept)
	return kept, nil
}

// newest yields what is kept, the newest first. An entry that was altered is left out: nothing is decided by it, and what is older can be whole.
func (b *Book) newest() iter.Seq2[Refusal, error] {
	return func(yield func(Refusal, error) bool) {
		for line, err := range journal.ReadAside(b.path, searchDepth) {
			var r Refusal
			switch {
			case errors.Is(err, journal.ErrAltered):
				continue
			case err != nil:
				yield(Refusal{}, err)
				return
			case json.Unmarshal(line, &r) != nil:
				continue
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Find looks a reference up, the newest record of it first.
func (b *Book) Find(ref Reference) (Refusal, bool, error) {
	if !referenceForm.MatchString(string(ref)) {
		return Refusal{}, false, nil
	}
	if r, recent := b.findRecent(ref); recent {
		return r, true, nil
	}
	for r, err := range b.newest() {
		if err != nil {
			return Refusal{}, false, fmt.Errorf("look for refusal %s: %w", ref, err)
		}
		if r.Reference == ref {
			return r, true, nil
		}
	}
	return Refusal{}, false, nil
}

func (b *Book) findRecent(ref Reference) (Refusal, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.recent {
		if r.Reference == ref {
			return *r, true
		}
	}
	return Refusal{}, false
}

// Close writes the counts of the present minute.
func (b *Book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.flush(); err != nil {
		return err
	}
	return b.aside.Close()
}

func draw() Reference {
	var r [5]byte
	rand.Read(r[:])
	return Reference("R-" + base32.StdEncoding.EncodeToString(r[:]))
}
