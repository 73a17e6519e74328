package content

import (
	"slices"
	"strings"

	"argus/internal/tomlpos"
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
)

// OwnStore is the store of a server whose entry states none.
func OwnStore(server string) string { return "server:" + server }

func (e entry) reads() []string { return e.stores().Reads }

func (e entry) writes() []string { return e.stores().Writes }

func (e entry) stores() registry.Stores {
	own := []string{OwnStore(e.Server)}
	switch {
	case e.Channel == registry.Instructions: // a text, and no call
		return registry.Stores{}
	case e.Stores == nil:
		return registry.Stores{Reads: own, Writes: own}
	}
	return *e.Stores
}

// writer is what one entry may leave in a store.
type writer struct {
	name string
	most exposure
}

// checkStores refuses a reader whose label is below what a writer may leave in its store: the reader would bring a secret back
// as something less.
func (r *reader) checkStores() {
	writers := map[string][]writer{}
	for _, e := range r.entries {
		w := writer{e.name(), r.policy.leaves(e.Sinks)}
		for _, store := range e.writes() {
			// The first of those that leave equally much is enough to name.
			if !slices.ContainsFunc(writers[store], func(other writer) bool { return w.most.atMost(other.most) }) {
				writers[store] = append(writers[store], w)
			}
		}
	}
	for _, e := range r.entries {
		for _, store := range e.reads() {
			r.checkReader(e, store, writers[store])
		}
	}
}

func (r *reader) checkReader(e entry, store string, writers []writer) {
	least := e.label
	var culprit *writer
	for i, w := range writers {
		if !w.most.atMost(e.label) && culprit == nil {
			culprit = &writers[i]
		}
		least = least.join(w.most)
	}
	if culprit == nil {
		return
	}
	fix := "write " + least.line() + ", or state in stores that it does not read it, or that the other does not write it"
	if e.Stores == nil {
		fix = "write " + least.line() + ", or state what it reads and writes: stores = { reads = [], writes = [] } if nothing"
	}
	r.fault(e.labelAt, fix, "%s reads the store %s, where %s may leave %s; its label is only %s",
		tomlpos.Quote(e.name()), tomlpos.Quote(store), tomlpos.Quote(culprit.name), culprit.most, e.label)
}

// checkEndorsements refuses one about a tool without an entry: it would come into force, unseen, with a tool of that name.
func (r *reader) checkEndorsements() {
	seen := map[string]bool{}
	for _, e := range r.endorsements {
		at := tomlpos.Where{File: e.Origin.File, Line: e.Origin.Line}
		if seen[e.Slot] {
			r.fault(at, "remove one", "%s is endorsed twice", tomlpos.Quote(e.Slot))
		}
		seen[e.Slot] = true
		if strings.HasPrefix(e.Slot, "sha256:") {
			if err := sdk.CheckDigest("a slot", e.Slot); err != nil {
				r.fault(at, "", "%v", err)
			}
			continue
		}
		server, tool, _ := strings.Cut(e.Slot, "/")
		if _, known := r.subjects[subject{server, registry.Tool, tool}]; !known {
			r.fault(at, "write SERVER/TOOL of an entry, or the digest of a schema", "no entry of %s", tomlpos.Quote(e.Slot))
		}
	}
}
