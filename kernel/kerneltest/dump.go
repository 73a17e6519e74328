package kerneltest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"argus/kernel"
)

// Dump is the whole of a state as text, the same for equal states: one line for each thing remembered, sorted.
// [Model.Dump] is in the same words.
func Dump(s kernel.State) string {
	lines := []string{fmt.Sprint("next ", s.Next)}
	for id, a := range s.Agents.All() {
		var caps []string
		for k := range a.Caps.All() {
			caps = append(caps, string(k))
		}
		lines = append(lines, agentLine(string(id), string(a.Parent), caps, mustStain(a.Exposure), a.Bits, a.Born))
		for i, f := range a.Flights.All() {
			lines = append(lines, flightLine(string(id), uint64(i), tripOf(f)))
		}
		for tool, armed := range a.Overrides.All() {
			for digest, upto := range armed.All() {
				lines = append(lines, fmt.Sprint("override ", id, " ", tool, " ", digest, " ", mustStain(upto)))
			}
		}
	}
	for id := range s.Tools.All() {
		lines = append(lines, fmt.Sprint("tool ", id))
	}
	for i, id := range s.Settling.All() {
		lines = append(lines, fmt.Sprint("settling ", i, " ", id))
	}
	for id, x := range s.Stores.All() {
		lines = append(lines, fmt.Sprint("store ", id, " ", mustStain(x)))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Dump is the whole of the model's state.
func (m *Model) Dump() string {
	lines := []string{fmt.Sprint("next ", m.next)}
	for id, a := range m.agents {
		if !a.alive {
			continue
		}
		lines = append(lines, agentLine(id, a.parent, slices.Collect(maps.Keys(a.caps)), a.seen, a.bits, a.born))
		for i, f := range a.flights {
			lines = append(lines, flightLine(id, i, f))
		}
		for call, upto := range a.overrides {
			lines = append(lines, fmt.Sprint("override ", id, " ", call[0], " ", call[1], " ", upto))
		}
	}
	for id := range m.tools {
		lines = append(lines, fmt.Sprint("tool ", id))
	}
	for i, id := range m.settling {
		lines = append(lines, fmt.Sprint("settling ", i, " ", id))
	}
	for id, x := range m.stores {
		lines = append(lines, fmt.Sprint("store ", id, " ", x))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func agentLine(id, parent string, caps []string, seen stain, bits, born uint64) string {
	slices.Sort(caps)
	return fmt.Sprintf("agent %s of %q, %v, %v, %d bits, %d born", id, parent, caps, seen, bits, born)
}

func flightLine(id string, i uint64, f *trip) string {
	slices.Sort(f.needs)
	modes := ""
	for _, sink := range f.sinks {
		for secrecy := range 4 {
			for doubt := range 4 {
				mode := f.rows[cell(stain{secrecy, doubt}, sink)]
				modes += (mode + "-")[:1]
			}
		}
	}
	modes = strings.ReplaceAll(modes, "d", "-") // a cell that denies is as good as none
	approved := "none"
	if f.approved != nil {
		approved = fmt.Sprint(*f.approved)
	}
	return fmt.Sprintf("flight %d of %s: %s %v %v %v %s vouched %t approved %s",
		i, id, f.tool, f.needs, f.label, f.sinks, modes, f.vouched, approved)
}

// tripOf is a flight of the kernel in the model's shape.
func tripOf(f kernel.Flight) *trip {
	sinks, _ := sinkList(f.Sinks)
	t := &trip{tool: string(f.Tool), label: mustStain(f.Label), sinks: sinks, rows: map[string]string{}, vouched: f.Vouched}
	for k := range f.Needs.All() {
		t.needs = append(t.needs, string(k))
	}
	for l := range kernel.Levels() {
		for i := range kernel.Integrities() {
			x := kernel.Exposure{Level: l, Integrity: i}
			for _, e := range f.Sinks.List() {
				t.rows[cell(mustStain(x), e.String())] = f.Policy.Mode(x, e).String()
			}
		}
	}
	if f.Approval.Given {
		upto := mustStain(f.Approval.Upto)
		t.approved = &upto
	}
	return t
}
