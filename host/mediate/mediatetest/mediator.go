// Package mediatetest makes mediators for tests of the doors in front of them. Each is real, with a ledger, a journal and a record of
// refusals of its own in a folder of the test's; only the oracle, the servers and the inventory are what the test says.
package mediatetest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/follow"
	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/journal"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/host/refusals"
	"argus/plugin/sdk/oracle"
)

// New makes a mediator of the parts given and of all that it remembers by. It ends with the test, after what the test opens later.
// The zero Limits are wide ones, and no Logger is one that says nothing.
func New(t testing.TB, p mediate.Parts) *mediate.Mediator {
	t.Helper()
	dir := t.TempDir()
	j, found, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p.Book, p.Past, p.Answers, p.Feed = identity.NewBook(), mediate.NewProvenance(), mediate.NewAnswers(), follow.NewFeed()
	p.Ledger, err = ledger.Open(j, found, ledger.Options{TheoryFolder: filepath.Join(dir, "theories"), Bits: 1000, Observe: func(r ledger.Record) error {
		p.Past.Observe(r)
		p.Feed.Observe(r)
		p.Answers.Observe(r)
		return p.Book.Observe(r)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if p.Refusals, err = refusals.Open(filepath.Join(dir, "refusals")); err != nil {
		t.Fatal(err)
	}
	if p.Limits == (mediate.Limits{}) {
		p.Limits = mediate.Limits{
			ContextsPerPrincipal: 300, Depth: 4, FlightsPerAgent: 8, CallsPerMinute: 10_000, CallTimeout: time.Minute,
			QuestionTimeout: time.Minute, ContextIdle: time.Hour,
		}
	}
	if p.Logger == nil {
		p.Logger = hclog.NewNullLogger()
	}
	m := mediate.New(p)
	t.Cleanup(func() {
		m.Close()
		if err := m.Ledger.Close(); err != nil {
			t.Error(err)
		}
		if err := m.Refusals.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// Adopt puts an inventory in force for the kernel. Its new tools have still to be registered.
func Adopt(t testing.TB, m *mediate.Mediator, i *inventory.Inventory) {
	t.Helper()
	if _, err := m.Ledger.Adopt(context.Background(), i.Spec); err != nil {
		t.Fatal(err)
	}
}

// Register registers the tools of an inventory that are not yet.
func Register(t testing.TB, m *mediate.Mediator, i *inventory.Inventory) {
	t.Helper()
	for _, tool := range i.Spec.Tools {
		if m.Ledger.Current().State.Tools.Has(tool.ID) {
			continue
		}
		if step, err := m.Register(context.Background(), mediate.Caller{}, tool.ID); err != nil || step.Refusal != nil {
			t.Fatal(step.Refusal, err)
		}
	}
}

// Permissive is an oracle that authorizes every call and vouches for nothing.
type Permissive struct{}

// Ask authorizes.
func (Permissive) Ask(_ context.Context, q oracle.Question) (oracle.Answer, error) {
	return oracle.Answer{PolicyDigest: q.PolicyDigest, Authorized: true}, nil
}

// Stock is an inventory that stays as it is.
type Stock struct{ Now *inventory.Inventory }

// Inventory is the one.
func (s Stock) Inventory() *inventory.Inventory { return s.Now }

// Changed never tells of another.
func (s Stock) Changed() <-chan struct{} { return nil }
