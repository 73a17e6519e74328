package kernel_test

import (
	"strings"
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

func TestUniverseIsWellFormed(t *testing.T) {
	th, problems := kernel.NewTheory(UniverseSpec())
	if len(problems) > 0 || th.Tools().Len() != 13 || th.Digest() != Theory1 || th.OraclePolicy() != Policy {
		t.Errorf("%d tools, problems %v", th.Tools().Len(), problems)
	}
	if !th.Trusts(Registry) || th.Trusts("stranger") || !th.Endorses(Choice) || th.Endorses("free") {
		t.Error("issuers or slots got lost")
	}
}

func TestTheoryThatIsNotWellFormedIsReplacedByOneThatDenies(t *testing.T) {
	spec := UniverseSpec()
	spec.Digest = ""
	th, problems := kernel.NewTheory(spec)
	if len(problems) == 0 || th.Tools().Len() != 0 || th.Catalogue().Len() != 0 {
		t.Errorf("%d tools, problems %v", th.Tools().Len(), problems)
	}
}

func TestEveryProblemOfATheoryIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*kernel.TheorySpec)
		kind   kernel.ProblemKind
		says   string
	}{
		"no digest":            {func(s *kernel.TheorySpec) { s.Digest = "" }, kernel.Unnamed, "theory digest"},
		"no oracle policy":     {func(s *kernel.TheorySpec) { s.OraclePolicy = "" }, kernel.Unnamed, "oracle policy digest"},
		"empty capability":     {func(s *kernel.TheorySpec) { s.Catalogue = append(s.Catalogue, "") }, kernel.Unnamed, "capability"},
		"empty issuer":         {func(s *kernel.TheorySpec) { s.Issuers = append(s.Issuers, "") }, kernel.Unnamed, "issuer"},
		"empty slot":           {func(s *kernel.TheorySpec) { s.Endorsing = append(s.Endorsing, "") }, kernel.Unnamed, "slot"},
		"empty tool":           {func(s *kernel.TheorySpec) { s.Tools = append(s.Tools, kernel.ToolSpec{}) }, kernel.Unnamed, "tool"},
		"empty store":          {func(s *kernel.TheorySpec) { toolOf(s, Pay).Reads = []kernel.StoreID{""} }, kernel.Unnamed, "store of tool pay"},
		"tool twice":           {func(s *kernel.TheorySpec) { s.Tools = append(s.Tools, s.Tools[0]) }, kernel.Duplicate, "read-db is declared twice"},
		"row twice":            {func(s *kernel.TheorySpec) { s.Policy = append(s.Policy, s.Policy[0]) }, kernel.Duplicate, "public/untrusted -> network_external"},
		"unknown capability":   {func(s *kernel.TheorySpec) { toolOf(s, Pay).Needs = []kernel.Capability{"fly"} }, kernel.UnknownValue, "fly of tool pay"},
		"unknown label":        {func(s *kernel.TheorySpec) { toolOf(s, Pay).Label.Level = 4 }, kernel.UnknownValue, "label of tool pay"},
		"unknown integrity":    {func(s *kernel.TheorySpec) { toolOf(s, Pay).Label.Integrity = 4 }, kernel.UnknownValue, "label of tool pay"},
		"unknown sink":         {func(s *kernel.TheorySpec) { toolOf(s, Pay).Sinks = kernel.SinksOf(200) }, kernel.UnknownValue, "sinks of tool pay"},
		"unknown row level":    {func(s *kernel.TheorySpec) { s.Policy[0].Level = 4 }, kernel.UnknownValue, "flow policy row"},
		"unknown row mode":     {func(s *kernel.TheorySpec) { s.Policy[0].Mode = 3 }, kernel.UnknownValue, "flow policy row"},
		"unknown row sink":     {func(s *kernel.TheorySpec) { s.Policy[0].Sink = 9 }, kernel.UnknownValue, "flow policy row"},
		"easier when exposed":  {func(s *kernel.TheorySpec) { row(s, kernel.Sensitive, kernel.NetworkExternal, kernel.Allow) }, kernel.NotMonotone, "sensitive/proven -> network_external: allow"},
		"easier when doubtful": {func(s *kernel.TheorySpec) { s.Policy = s.Policy[:len(s.Policy)-3]; doubtful(s) }, kernel.NotMonotone, "public/untrusted -> financial: inspect"},
		"reader below writer":  {func(s *kernel.TheorySpec) { toolOf(s, Recall).Label = kernel.Clean() }, kernel.StoreOverfull, "store notes may hold internal/untrusted, by remember"},
		"writer without sinks": {func(s *kernel.TheorySpec) { toolOf(s, Summarize).Writes = []kernel.StoreID{Notes} }, kernel.StoreOverfull, "restricted/untrusted, by summarize"},
		"writer to the inspected": {
			func(s *kernel.TheorySpec) { toolOf(s, QueryAPI).Writes = []kernel.StoreID{Notes} }, kernel.StoreOverfull, "sensitive/untrusted, by query-api",
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := UniverseSpec()
			c.change(&spec)
			_, problems := kernel.NewTheory(spec)
			for _, p := range problems {
				if p.Kind == c.kind && strings.Contains(p.String(), c.says) {
					return
				}
			}
			t.Errorf("problems %v, want one that says %q", problems, c.says)
		})
	}
}

// row says a cell at the highest integrity, where the universe has none.
func row(s *kernel.TheorySpec, l kernel.Level, e kernel.Sink, m kernel.Mode) {
	s.Policy = append(s.Policy, kernel.Row{Level: l, Integrity: kernel.Proven, Sink: e, Mode: m})
}

func doubtful(s *kernel.TheorySpec) {
	s.Policy = append(s.Policy, kernel.Row{Level: kernel.Public, Integrity: kernel.Untrusted, Sink: kernel.Financial, Mode: kernel.Inspect})
}

func TestProblemsAreToldAllAtOnce(t *testing.T) {
	spec := UniverseSpec()
	spec.Digest = ""
	toolOf(&spec, Pay).Label.Level = 9
	spec.Policy[0].Mode = 9
	if _, problems := kernel.NewTheory(spec); len(problems) != 3 {
		t.Errorf("%d problems: %v", len(problems), problems)
	}
}

func TestTheoryIsACopyOfItsSpec(t *testing.T) {
	spec := UniverseSpec()
	th := MustTheory(spec)
	for i := range spec.Policy {
		spec.Policy[i].Mode = kernel.Allow
	}
	spec.Tools[0].Needs[0] = "none"
	spec.Issuers[0] = "stranger"
	if th.Policy().Mode(exposure(kernel.Internal, kernel.Proven), kernel.NetworkExternal) != kernel.Inspect || th.Trusts("stranger") {
		t.Error("a change of the spec changed the theory")
	}
	if d, _ := th.Tools().Get(ReadDB); !d.Needs.Has("read-db") {
		t.Error("a change of the spec changed a tool")
	}
}

func TestOwnStoreOfAServerIsTaintedByWhatItAdmits(t *testing.T) {
	// A tool that states no stores reads and writes its server's own. Without a sink it may be told anything, so
	// it must be labelled with anything.
	spec := UniverseSpec()
	tool := toolOf(&spec, ReadFile)
	tool.Reads, tool.Writes = []kernel.StoreID{"server"}, []kernel.StoreID{"server"}
	if _, problems := kernel.NewTheory(spec); len(problems) != 1 {
		t.Errorf("problems: %v", problems)
	}
	tool.Label = kernel.Exposure{}
	if _, problems := kernel.NewTheory(spec); len(problems) != 0 {
		t.Errorf("problems: %v", problems)
	}
}

func TestTheoryThatReadsAFullStoreIsNotAdmissible(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, ReadFile, Remember)
	spec := UniverseSpec()
	spec.Digest = "theory-2"
	toolOf(&spec, Remember).Writes = nil // so that a public recall is well formed
	toolOf(&spec, Recall).Label = exposure(kernel.Public, kernel.Untrusted)
	next := MustTheory(spec)

	w.Use(a, Remember)
	if problems := kernel.Admissible(w.State, next); len(problems) != 0 {
		t.Fatalf("only public notes so far: %v", problems)
	}
	w.Use(a, ReadFile)
	w.Use(a, Remember)
	problems := kernel.Admissible(w.State, next)
	if len(problems) != 1 || problems[0].Store != Notes || problems[0].Tool != Recall || problems[0].Held.Level != kernel.Internal {
		t.Errorf("problems: %v", problems)
	}
	if problems := kernel.Admissible(w.State, w.Theory); len(problems) != 0 {
		t.Errorf("the present theory: %v", problems)
	}
}

func TestTheoryThatAbandonsAnOpenReaderIsNotAdmissible(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, Recall)
	i := w.Start(a, Recall)
	spec := UniverseSpec()
	spec.Tools = spec.Tools[:len(spec.Tools)-2] // without recall and export-db
	next := MustTheory(spec)
	problems := kernel.Admissible(w.State, next)
	if len(problems) != 1 || problems[0].Kind != kernel.ReaderInFlight || problems[0].Invocation != i {
		t.Errorf("problems: %v", problems)
	}
	w.Complete(a, i)
	if problems := kernel.Admissible(w.State, next); len(problems) != 0 {
		t.Errorf("after it was settled: %v", problems)
	}
}

// What a call of a revoked agent reads is forgotten, so it might carry what a later theory lets into one store to
// another whose readers declare less.
func TestNoTheoryFollowsWhileACallOfARevokedAgentIsOpen(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, Recall)
	i := w.Start(a, Recall)
	w.Must(kernel.Revoke{Parent: kernel.Root, Child: a})
	problems := kernel.Admissible(w.State, w.Theory)
	if len(problems) != 1 || problems[0].Kind != kernel.CallSettling || problems[0].Invocation != i {
		t.Errorf("problems: %v", problems)
	}
	w.Complete(a, i)
	if problems := kernel.Admissible(w.State, w.Theory); len(problems) != 0 {
		t.Errorf("after it was settled: %v", problems)
	}
}

func TestTheoryThatRaisesTheLabelOfAnOpenReaderIsNotAdmissible(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, Recall)
	i := w.Start(a, Recall)
	spec := UniverseSpec()
	toolOf(&spec, Recall).Label = exposure(kernel.Sensitive, kernel.Untrusted) // so more may come into the store
	next := MustTheory(spec)
	if problems := kernel.Admissible(w.State, next); len(problems) != 1 || problems[0].Kind != kernel.ReaderInFlight {
		t.Errorf("problems: %v", problems)
	}
	w.Complete(a, i)
	if problems := kernel.Admissible(w.State, next); len(problems) != 0 {
		t.Errorf("after it was settled: %v", problems)
	}
}

func TestPolicyDeniesWhatIsOutsideACatalogue(t *testing.T) {
	p := Universe().Policy()
	for v := range 256 {
		l, i, e := kernel.Level(v), kernel.Integrity(v), kernel.Sink(v)
		if v > 3 && (p.Mode(kernel.Exposure{Level: l, Integrity: kernel.Proven}, kernel.NetworkExternal) != kernel.Deny ||
			p.Mode(kernel.Exposure{Level: kernel.Public, Integrity: i}, kernel.NetworkExternal) != kernel.Deny) {
			t.Errorf("level or integrity %d is not denied", v)
		}
		if v > 8 && p.Mode(kernel.Clean(), e) != kernel.Deny {
			t.Errorf("sink %d is not denied", v)
		}
	}
}

func TestAttributesHaveAllOrNot(t *testing.T) {
	one, both := kernel.ReadDepth, kernel.ReadDepth|kernel.ReadFlights
	if one.Has(both) || !both.Has(one) || !both.Has(both) {
		t.Error("a set has another if it has all of it")
	}
}
