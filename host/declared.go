package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"argus/host/fault"
	"argus/host/inventory"
	"argus/internal/ijson"
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
)

// Bounds of what one client's program may declare.
const (
	maxDeclared     = 512       // names
	maxVersions     = 4         // definitions of one name
	maxDefinition   = 256 << 10 // bytes of one
	maxDeclaredSize = 16 << 20  // bytes of all
	maxToolName     = 256

	declarePatience = 10 * time.Second // for the theory with what a person pinned
)

// declared are the tools that one client's program has declared since the daemon began.
type declared struct {
	tools map[string][]declaration // by name, the last declared last
	bytes int
	taken uint64 // counts what was new
}

type declaration struct {
	inventory.Definition
	taken uint64
}

// pins are the digests that the registry has of one client's tools, by name.
type pins map[string]string

func pinsOf(c registry.Content, client string) pins {
	p := pins{}
	for _, e := range c.Entries {
		if e.Server == client && e.Channel == registry.Tool {
			p[e.Tool] = e.Digest
		}
	}
	return p
}

// take keeps a definition. news reports whether the inventory is another with it.
func (d *declared) take(def inventory.Definition, p pins) (kept declaration, news bool, err error) {
	versions := d.tools[def.Name]
	i := slices.IndexFunc(versions, func(v declaration) bool { return v.Digest == def.Digest })
	if i >= 0 {
		kept = versions[i]
		if kept.Digest != p[def.Name] && i < len(versions)-1 { // it is what a person is to look at now
			d.tools[def.Name], news = append(slices.Delete(versions, i, i+1), kept), true
		}
		return kept, news, nil
	}
	own, err := copyOf(def)
	if err != nil {
		return declaration{}, false, fault.New(fault.Invalid, "declare a tool", err)
	}
	if !d.makeRoom(def.Name, len(own.Raw.Raw()), p) {
		return declaration{}, false, fault.New(fault.Invalid, "declare a tool", fmt.Errorf("the client declares more than %d tools, or %d bytes", maxDeclared, maxDeclaredSize))
	}
	d.taken++
	kept = declaration{own, d.taken}
	d.tools[own.Name] = append(d.tools[own.Name], kept)
	d.bytes += len(own.Raw.Raw())
	return kept, true, nil
}

// copyOf holds a definition to its bounds. The copy keeps nothing of the request that it came with.
func copyOf(def inventory.Definition) (inventory.Definition, error) {
	text := def.Raw.Raw()
	switch err := sdk.CheckText("its name", def.Name, 1, maxToolName); {
	case err != nil:
		return inventory.Definition{}, err
	case def.Raw.Kind() != ijson.Object:
		return inventory.Definition{}, errors.New("its definition is no object")
	case len(text) > maxDefinition:
		return inventory.Definition{}, fmt.Errorf("the definition of %s has more than %d bytes", def.Name, maxDefinition)
	}
	raw, err := ijson.ParseString(strings.Clone(text), ijson.AtMost(maxDefinition))
	if err != nil {
		return inventory.Definition{}, err
	}
	return inventory.Definition{Name: strings.Clone(def.Name), Digest: ijson.Digest(raw), Raw: raw}, nil
}

// makeRoom drops what nobody has pinned, the oldest first.
func (d *declared) makeRoom(name string, bytes int, p pins) bool {
	if len(d.tools[name]) >= maxVersions {
		d.drop(name, slices.IndexFunc(d.tools[name], func(v declaration) bool { return v.Digest != p[name] }))
	}
	for (len(d.tools[name]) == 0 && len(d.tools) >= maxDeclared) || d.bytes+bytes > maxDeclaredSize {
		oldest, at, first := "", -1, d.taken+1
		for name, versions := range d.tools {
			for i, v := range versions {
				if v.Digest != p[name] && v.taken < first {
					oldest, at, first = name, i, v.taken
				}
			}
		}
		if at < 0 {
			return false
		}
		d.drop(oldest, at)
	}
	return true
}

func (d *declared) drop(name string, i int) {
	d.bytes -= len(d.tools[name][i].Raw.Raw())
	if d.tools[name] = slices.Delete(d.tools[name], i, i+1); len(d.tools[name]) == 0 {
		delete(d.tools, name)
	}
}

// definitions are those that are pinned, and of each name the last that is declared, which a person can pin.
func (d *declared) definitions(p pins) []inventory.Definition {
	var all []inventory.Definition
	for name, versions := range d.tools {
		for i, v := range versions {
			if v.Digest == p[name] || i == len(versions)-1 {
				all = append(all, v.Definition)
			}
		}
	}
	return all
}

// Declare takes what the program of a client declares now. It waits only for what is pinned, and not in force yet: the inventory that has it.
func (s *stock) Declare(ctx context.Context, client string, ds []inventory.Definition) error {
	until, err := s.take(client, ds)
	if err != nil || until == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, declarePatience)
	defer cancel()
	for {
		changed := s.Changed()
		if s.judged(client, until) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "declare the tools of "+client, errors.New("what is pinned of them is not in force yet: see `argus status`"))
		}
	}
}

// take keeps what is new, and gives the last of it for which Declare has to wait; 0 for none.
func (s *stock) take(client string, ds []inventory.Definition) (until uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, configured := s.declared[client]
	if !configured {
		return 0, nil
	}
	news := false
	defer func() {
		if news {
			s.poke()
		}
	}()
	for _, def := range ds {
		if s.inForce != nil {
			if _, has := s.inForce.Declared(client, def.Name, def.Digest); has {
				continue
			}
		}
		kept, isNew, err := d.take(def, s.pins[client])
		if err != nil {
			return 0, err
		}
		news = news || isNew
		if kept.Digest == s.pins[client][def.Name] {
			until = max(until, kept.taken)
		}
	}
	return until, nil
}

// judged reports whether the inventory in force was built with what a client had declared up to then.
func (s *stock) judged(client string, until uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inForce != nil && s.judgedTo[client] >= until
}
