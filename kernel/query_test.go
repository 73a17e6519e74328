package kernel_test

import (
	"slices"
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

func TestViewShowsAnAgentAsItIs(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 50, ReadDB, ReadFile)
	c := w.Child(p, 20, ReadFile)
	w.Start(c, ReadFile)

	root, _ := w.State.View(w.Theory, kernel.Root)
	if !root.Caps.SubsetOf(w.Theory.Catalogue()) || root.Caps.Len() != w.Theory.Catalogue().Len() || root.Bits != Bits-50 {
		t.Errorf("root: %+v", root)
	}
	v, ok := w.State.View(w.Theory, c)
	if !ok || !v.Acts || v.Depth != 2 || v.Parent != p || v.Bits != 20 || v.Flights.Len() != 1 || v.Exposure != kernel.Clean() || v.Speculative.Level != kernel.Internal {
		t.Errorf("%+v", v)
	}
	w.Must(kernel.Revoke{Parent: kernel.Root, Child: p})
	if v, ok := w.State.View(w.Theory, c); !ok || v.Acts {
		t.Errorf("an orphan: %+v", v)
	}
	if _, ok := w.State.View(w.Theory, p); ok {
		t.Error("a revoked agent is shown")
	}
}

func TestChildrenAndOrphansAreFoundThroughTheirIDs(t *testing.T) {
	w := NewWorld(t, Universe())
	var children []kernel.AgentID
	for range 12 {
		children = append(children, w.Child(kernel.Root, 0))
	}
	one := children[0]
	a := w.Child(one, 0)
	b := w.Child(a, 0)
	slices.Sort(children)
	if got := slices.Collect(w.State.Children(kernel.Root)); !slices.Equal(got, children) {
		t.Errorf("children of root: %v", got)
	}
	if got := slices.Collect(w.State.Children(one)); !slices.Equal(got, []kernel.AgentID{a}) {
		t.Errorf("children of %s: %v", one, got)
	}
	for id := range w.State.Orphans(one) {
		t.Errorf("%s is no orphan", id)
	}
	w.Must(kernel.Revoke{Parent: kernel.Root, Child: one})
	var ended []kernel.AgentID
	for child, parent := range w.State.Orphans(one) {
		w.Must(kernel.CascadeRevoke{Child: child, Parent: parent})
		ended = append(ended, child)
	}
	if !slices.Equal(ended, []kernel.AgentID{a, b}) || w.State.Agents.Len() != 12 {
		t.Errorf("ended %v, %d agents left", ended, w.State.Agents.Len())
	}
}

func TestReadingHoldsOnlyWhatWasRead(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, ReadFile)
	w.Start(a, ReadFile)
	r, ok := w.State.Reading(w.Theory, a, kernel.ReadDepth|kernel.ReadFlights)
	if !ok || r.Depth != 1 || r.Flights != 1 || r.Caps.Len() != 0 || r.Exposure != (kernel.Exposure{}) {
		t.Errorf("%+v", r)
	}
	if _, ok := w.State.Reading(w.Theory, "root.9", 0); ok {
		t.Error("a reading of nobody")
	}
}

func TestGateIsNeededExactlyWhereItsAnswerCouldCount(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, ReadFile, SearchWeb)
	d, _ := w.Theory.Tools().Get(SearchWeb)
	if w.State.Inspects(w.Theory, a, d.Label, d.Sinks) {
		t.Error("a clean agent's search needs no gate")
	}
	if !w.State.Inspects(w.Theory, a, exposure(kernel.Internal, kernel.Verified), d.Sinks) {
		t.Error("a search that brings something internal does")
	}
	w.Use(a, ReadFile)
	if !w.State.Inspects(w.Theory, a, d.Label, d.Sinks) {
		t.Error("a search with something internal does")
	}
}

func TestWordsReadBackAsTheyAreWritten(t *testing.T) {
	for l := range kernel.Levels() {
		if got, ok := kernel.ParseLevel(l.String()); !ok || got != l {
			t.Errorf("%s", l)
		}
	}
	for i := range kernel.Integrities() {
		if got, ok := kernel.ParseIntegrity(i.String()); !ok || got != i {
			t.Errorf("%s", i)
		}
	}
	for e := range kernel.AllSinks() {
		if got, ok := kernel.ParseSink(e.String()); !ok || got != e {
			t.Errorf("%s", e)
		}
	}
	for m := range kernel.Modes() {
		if got, ok := kernel.ParseMode(m.String()); !ok || got != m {
			t.Errorf("%s", m)
		}
	}
	for _, o := range []kernel.Ending{kernel.Unknown, kernel.Success, kernel.Failure} {
		if got, ok := kernel.ParseEnding(o.String()); !ok || got != o {
			t.Errorf("%s", o)
		}
	}
	for _, name := range []string{"capabilities", "exposure", "speculative", "depth", "flights"} {
		if as, ok := kernel.ParseAttribute(name); !ok || as.String() != name {
			t.Errorf("%s", name)
		}
	}
	for _, s := range []string{"", "unknown", "Public", " public", "public ", "PUBLIC", "deny\x00"} {
		_, a := kernel.ParseLevel(s)
		_, b := kernel.ParseSink(s)
		_, c := kernel.ParseMode(s)
		_, d := kernel.ParseAttribute(s)
		if a || b || c || d {
			t.Errorf("%q was read", s)
		}
	}
}

func TestWordsAreTheProtocols(t *testing.T) {
	got := []string{
		kernel.Restricted.String(), kernel.Sensitive.String(), kernel.Internal.String(), kernel.Public.String(),
		kernel.Untrusted.String(), kernel.Observed.String(), kernel.Verified.String(), kernel.Proven.String(),
		kernel.Deny.String(), kernel.Inspect.String(), kernel.Allow.String(),
		kernel.SinksOf(kernel.NetworkExternal, kernel.NetworkInternal, kernel.FilesystemWrite, kernel.IPC,
			kernel.LLMProvider, kernel.Destructive, kernel.Financial, kernel.Execution, kernel.AccountChange).String(),
		kernel.Level(77).String(), kernel.Sink(9).String(),
	}
	want := []string{
		"restricted", "sensitive", "internal", "public", "untrusted", "observed", "verified", "proven",
		"deny", "inspect", "allow",
		"network_external,network_internal,filesystem_write,ipc,llm_provider,destructive,financial,execution,account_change",
		"unknown", "unknown",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
