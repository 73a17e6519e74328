// Package kerneltest tests the kernel: the universe of the protocol's stories, generators of theories and inputs, the
// safety properties as checks of one state, ghosts that know what no exposure should forget, and a naive second
// reading of the protocol to compare with.
//
// It decides nothing and is imported by tests only.
package kerneltest

import "argus/kernel"

// Tools of the universe.
const (
	ReadDB     kernel.ToolID = "read-db"
	SendEmail  kernel.ToolID = "send-email"
	PostSlack  kernel.ToolID = "post-slack"
	QueryAPI   kernel.ToolID = "query-api"
	ReadFile   kernel.ToolID = "read-file"
	SearchWeb  kernel.ToolID = "search-web"
	Summarize  kernel.ToolID = "summarize"
	ReadPage   kernel.ToolID = "read-page"
	DeleteRepo kernel.ToolID = "delete-repo"
	Pay        kernel.ToolID = "pay"
	Remember   kernel.ToolID = "remember"
	Recall     kernel.ToolID = "recall"
	ExportDB   kernel.ToolID = "export-db"
)

// Names of the universe that are not tools.
const (
	Notes    kernel.StoreID = "notes"
	Registry kernel.Issuer  = "registry"
	Choice   kernel.SlotID  = "choice" // its type endorses integrity
	Policy   kernel.Digest  = "oracle-policy-1"
	Theory1  kernel.Digest  = "theory-1"
)

// Universe is the theory of the protocol's stories.
func Universe() kernel.Theory { return MustTheory(UniverseSpec()) }

// MustTheory builds a theory that is known to be well formed.
func MustTheory(spec kernel.TheorySpec) kernel.Theory {
	t, problems := kernel.NewTheory(spec)
	if len(problems) > 0 {
		panic("kerneltest: theory is not well formed: " + problems[0].String())
	}
	return t
}

// UniverseSpec is what [Universe] is built from, for tests that change it first. Every tool requires the capability
// of its own name.
func UniverseSpec() kernel.TheorySpec {
	spec := kernel.TheorySpec{
		Digest:       Theory1,
		OraclePolicy: Policy,
		Tools:        universeTools(),
		Policy:       universePolicy(),
		Issuers:      []kernel.Issuer{Registry},
		Endorsing:    []kernel.SlotID{Choice},
	}
	for i, tool := range spec.Tools {
		own := kernel.Capability(tool.ID)
		spec.Catalogue = append(spec.Catalogue, own)
		spec.Tools[i].Needs = []kernel.Capability{own}
		spec.Tools[i].Issuer = Registry
	}
	return spec
}

func universeTools() []kernel.ToolSpec {
	verified := func(l kernel.Level) kernel.Exposure {
		return kernel.Exposure{Level: l, Integrity: kernel.Verified}
	}
	untrusted := func(l kernel.Level) kernel.Exposure {
		return kernel.Exposure{Level: l, Integrity: kernel.Untrusted}
	}
	external := kernel.SinksOf(kernel.NetworkExternal)
	notes := []kernel.StoreID{Notes}
	return []kernel.ToolSpec{
		{ID: ReadDB, Label: verified(kernel.Sensitive)},
		{ID: SendEmail, Label: verified(kernel.Public), Sinks: external},
		{ID: PostSlack, Label: verified(kernel.Public), Sinks: external},
		{ID: QueryAPI, Label: verified(kernel.Sensitive), Sinks: kernel.SinksOf(kernel.NetworkInternal)},
		{ID: ReadFile, Label: verified(kernel.Internal)},
		{ID: SearchWeb, Label: verified(kernel.Public), Endorsed: true, Sinks: external},
		{ID: Summarize, Label: verified(kernel.Public), Endorsed: true},
		{ID: ReadPage, Label: untrusted(kernel.Public), Sinks: external},
		{ID: DeleteRepo, Label: verified(kernel.Public), Sinks: kernel.SinksOf(kernel.Destructive)},
		{ID: Pay, Label: verified(kernel.Public), Sinks: kernel.SinksOf(kernel.Financial)},
		{ID: Remember, Label: verified(kernel.Public), Sinks: kernel.SinksOf(kernel.IPC), Writes: notes},
		{ID: Recall, Label: untrusted(kernel.Internal), Reads: notes},
		{ID: ExportDB, Label: verified(kernel.Sensitive), Sinks: external},
	}
}

func universePolicy() []kernel.Row {
	var rows []kernel.Row
	anyIntegrity := func(l kernel.Level, e kernel.Sink, m kernel.Mode) {
		for i := range kernel.Integrities() {
			rows = append(rows, kernel.Row{Level: l, Integrity: i, Sink: e, Mode: m})
		}
	}
	anyIntegrity(kernel.Public, kernel.NetworkExternal, kernel.Allow)
	anyIntegrity(kernel.Internal, kernel.NetworkExternal, kernel.Inspect)
	anyIntegrity(kernel.Public, kernel.NetworkInternal, kernel.Allow)
	anyIntegrity(kernel.Internal, kernel.NetworkInternal, kernel.Allow)
	anyIntegrity(kernel.Sensitive, kernel.NetworkInternal, kernel.Inspect)
	anyIntegrity(kernel.Public, kernel.IPC, kernel.Allow)
	anyIntegrity(kernel.Internal, kernel.IPC, kernel.Allow)
	for _, e := range []kernel.Sink{kernel.Destructive, kernel.Financial} {
		rows = append(rows,
			kernel.Row{Level: kernel.Public, Integrity: kernel.Proven, Sink: e, Mode: kernel.Allow},
			kernel.Row{Level: kernel.Public, Integrity: kernel.Verified, Sink: e, Mode: kernel.Allow},
			kernel.Row{Level: kernel.Public, Integrity: kernel.Observed, Sink: e, Mode: kernel.Inspect})
	}
	return rows
}
