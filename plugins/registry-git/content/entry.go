package content

import (
	"fmt"

	"argus/internal/tomlpos"
	"argus/plugin/sdk/registry"
)

// entry is one entry with what the checks across entries need.
type entry struct {
	registry.Entry
	label   exposure
	labelAt tomlpos.Where
}

// judged is an entry, and whether nothing is wrong with it.
type judged struct {
	entry
	ok bool
}

// subject is what an entry is about.
type subject struct {
	server  string
	channel registry.Channel
	tool    string
}

// name is the entry's subject for people.
func (e entry) name() string {
	if e.Channel == registry.Tool {
		return e.Server + "/" + e.Tool
	}
	return e.Server + "/" + e.Channel.String()
}

func (r *reader) add(j judged, whole bool) {
	about := subject{j.Server, j.Channel, j.Tool}
	if first, twice := r.subjects[about]; twice && j.ok {
		r.fault(tomlpos.Where{File: j.Origin.File, Line: j.Origin.Line}, "keep one of the two",
			"a second entry of %s: the first is at %v", tomlpos.Quote(j.name()), first)
		return
	}
	r.subjects[about] = tomlpos.Where{File: j.Origin.File, Line: j.Origin.Line}
	if j.ok && whole {
		r.entries = append(r.entries, j.entry)
	}
}

// common reads what tools and channels share. Nothing is implied: a key that is left out could have been forgotten.
func (r *reader) common(at tomlpos.Where, t channelTable) judged {
	j := judged{ok: true, entry: entry{labelAt: t.Label.At}}
	j.Origin = origin(at)
	need := func(set bool, key, add string) {
		if !set {
			r.fault(at, "add "+add, "%s is missing", key)
			j.ok = false
		}
	}
	need(t.Label.Set(), "label", top.line()+", or what the tool can bring at most")
	need(t.Sinks.Set(), "sinks", "sinks = [], or where its effects can go")
	need(t.Capabilities.Set(), "capabilities", "capabilities = [], or those that a caller needs")

	var ok bool
	j.Capabilities, ok = r.names("capability", t.Capabilities.V, r.capabilities)
	j.ok = j.ok && ok
	j.Sinks, ok = r.names("sink", t.Sinks.V, sinks)
	j.ok = j.ok && ok
	if t.Label.Set() {
		j.label, ok = r.label(t.Label)
		j.ok = j.ok && ok
	}
	j.Level, j.Integrity = levels[j.label.level], integrities[j.label.integrity]
	j.Stores, ok = r.stores(t.Stores)
	j.ok = j.ok && ok
	return j
}

func (r *reader) label(v tomlpos.Value[labelTable]) (exposure, bool) {
	ok := true
	position := func(key string, part tomlpos.Value[string], catalogue []string) int {
		if !part.Set() {
			r.fault(v.At, fmt.Sprintf("add %s = %q, or what the tool can bring at most", key, catalogue[0]), "the label has no %s", key)
			ok = false
			return 0
		}
		ok = r.known(key, part, catalogue) && ok
		for i, name := range catalogue {
			if name == part.V {
				return i
			}
		}
		return 0
	}
	x := exposure{position("level", v.V.Level, levels), position("integrity", v.V.Integrity, integrities)}
	return x, ok
}

// stores reads both lists or neither: with one alone, the other would be implied.
func (r *reader) stores(v tomlpos.Value[storesTable]) (*registry.Stores, bool) {
	if !v.Set() {
		return nil, true
	}
	ok := true
	list := func(key string, part tomlpos.Value[[]tomlpos.Value[string]]) []string {
		if !part.Set() {
			r.fault(v.At, "add "+key+" = [], or the stores", "stores has no %s", key)
			ok = false
		}
		names := []string{}
		for _, name := range part.V {
			if !storeName.MatchString(name.V) {
				r.fault(name.At, "use letters, digits and : . _ / -", "%s cannot be the name of a store", tomlpos.Quote(name.V))
				ok = false
			}
			names = append(names, name.V)
		}
		if len(names) > 256 {
			r.fault(part.At, "", "more than 256 stores")
			ok = false
		}
		return names
	}
	s := &registry.Stores{Reads: list("reads", v.V.Reads), Writes: list("writes", v.V.Writes)}
	return s, ok
}
