package content

import (
	"slices"
	"strings"

	"argus/internal/tomlpos"
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
)

// mostEntries is what the contract carries.
const mostEntries = 16 << 10

// Read makes the content of files, or tells all that is wrong with them.
func Read(files []File) registry.Content {
	r := newReader()
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	r.readFlow(sorted)
	for _, f := range sorted {
		if f.Name != FlowFile {
			r.readServer(f)
		}
	}
	r.checkEndorsements()
	if !r.flowBroken {
		r.checkStores()
	}
	return r.content(Revision(files))
}

// Capabilities are those that an entry may require, as far as the flow policy can be read: the built-in ones and the added.
func Capabilities(files []File) []string {
	r := newReader()
	r.readFlow(files)
	return r.capabilities
}

// Broken is content that carries nothing but why; the revision tells one such state from another.
func Broken(files []File, problems []sdk.Problem) registry.Content {
	seen := slices.Clone(files)
	for _, p := range problems {
		seen = append(seen, File{Name: "\x00problem", Data: []byte(p.String())})
	}
	return registry.Content{Revision: Revision(seen), Problems: problems}
}

// reader gathers what the files say. Entries with mistakes of their own are reported and left out of what is checked across
// entries, so that one mistake is told once.
type reader struct {
	policy       policy
	flowOrigin   registry.Origin
	flowBroken   bool
	capabilities []string // built in and added
	issuers      []string
	endorsements []registry.Endorsement
	entries      []entry
	subjects     map[subject]tomlpos.Where
	aliases      map[string]tomlpos.Where
	problems     tomlpos.Problems
}

func newReader() *reader {
	return &reader{issuers: []string{"local"}, capabilities: sdk.Capabilities(), aliases: map[string]tomlpos.Where{},
		subjects: map[subject]tomlpos.Where{}}
}

func (r *reader) fault(at tomlpos.Where, fix, format string, args ...any) {
	r.problems.Add(at, fix, format, args...)
}

func (r *reader) content(revision string) registry.Content {
	if len(r.entries) > mostEntries {
		r.fault(tomlpos.Where{}, "remove servers that are not used", "the folder holds more than %d entries", mostEntries)
	}
	if len(r.problems) > 0 {
		return registry.Content{Revision: revision, Problems: Problems(r.problems)}
	}
	c := registry.Content{
		Revision:     revision,
		Capabilities: r.capabilities[len(sdk.Capabilities()):],
		Flow:         r.policy.cells(),
		FlowOrigin:   r.flowOrigin,
		Endorsements: r.endorsements,
	}
	for _, e := range r.entries {
		c.Entries = append(c.Entries, e.Entry)
	}
	return c
}

// Problems are mistakes in the form of the contract, in reading order.
func Problems(ps tomlpos.Problems) []sdk.Problem {
	var out []sdk.Problem
	for _, p := range ps.Sorted() {
		out = append(out, sdk.Problem{File: p.File, Line: p.Line, Message: p.Message, Fix: p.Fix})
	}
	return out
}

// parse reads one file into dst; false when nothing of it can be used.
func (r *reader) parse(f File, dst any) (*tomlpos.Doc, bool) {
	doc, problems := tomlpos.Parse(f.Path, f.Data)
	r.problems = append(r.problems, problems...)
	if doc == nil {
		return nil, false
	}
	problems = append(problems, doc.Decode(dst)...)
	r.problems = append(r.problems, problems...)
	return doc, len(problems) == 0
}

// known reports a name that is not in its catalogue.
func (r *reader) known(what string, v tomlpos.Value[string], catalogue []string) bool {
	if slices.Contains(catalogue, v.V) {
		return true
	}
	fix := "known: " + strings.Join(catalogue, ", ")
	if near, ok := tomlpos.Nearest(v.V, catalogue); ok {
		fix = "did you mean " + near + "?"
	}
	r.fault(v.At, fix, "%s is not a known %s", tomlpos.Quote(v.V), what)
	return false
}

// names takes a list of names, each known and none twice.
func (r *reader) names(what string, values []tomlpos.Value[string], catalogue []string) (names []string, ok bool) {
	ok = true
	names = []string{}
	for _, v := range values {
		if !r.known(what, v, catalogue) {
			ok = false
		} else if slices.Contains(names, v.V) {
			r.fault(v.At, "remove one", "%s %s is listed twice", what, v.V)
			ok = false
		}
		names = append(names, v.V)
	}
	return names, ok
}
