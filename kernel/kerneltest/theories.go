package kerneltest

import (
	"fmt"

	"pgregory.net/rapid"

	"argus/kernel"
)

// toolNames are names that differ by little: one is the start of another, or sorts before it by a byte.
var toolNames = []kernel.ToolID{"tool-1", "tool-10", "tool-1 ", "tool", "tool-1\x00\xff%", "Tool-1"}

// Theories generates small theories that are well formed. All share names, so that one may follow another in a run.
func Theories() *rapid.Generator[kernel.TheorySpec] {
	return rapid.Custom(func(t *rapid.T) kernel.TheorySpec {
		spec := kernel.TheorySpec{
			Digest:       kernel.Digest(fmt.Sprintf("theory-%d", rapid.IntRange(2, 999).Draw(t, "digest"))),
			OraclePolicy: choose(t, "oracle policy", []kernel.Digest{Policy, "oracle-policy-2"}),
			Catalogue:    []kernel.Capability{"a", "b", "c"},
			Policy:       drawPolicy(t),
			Issuers:      []kernel.Issuer{Registry},
			Endorsing:    []kernel.SlotID{Choice},
		}
		for i := range 1 + mixed(t, "tools")%uint64(len(toolNames)) {
			spec.Tools = append(spec.Tools, drawTool(t, toolNames[i]))
		}
		return labelled(spec)
	})
}

// labelled raises the labels of readers until no store can hold more than they say.
func labelled(spec kernel.TheorySpec) kernel.TheorySpec {
	for {
		_, problems := kernel.NewTheory(spec)
		if len(problems) == 0 {
			return spec
		}
		for _, p := range problems {
			if p.Kind != kernel.StoreOverfull {
				panic("kerneltest: generated theory: " + p.String())
			}
			tool := find(spec, p.Tool)
			tool.Label = tool.Label.Join(p.Held)
		}
	}
}

// drawPolicy draws a mode for each cell and then, from the least exposed cell on, makes none easier than the cells
// below it.
func drawPolicy(t *rapid.T) []kernel.Row {
	var rows []kernel.Row
	modes := []kernel.Mode{kernel.Allow, kernel.Allow, kernel.Allow, kernel.Allow, kernel.Inspect, kernel.Deny}
	for e := range kernel.AllSinks() {
		var table [4][4]kernel.Mode
		for l := 3; l >= 0; l-- {
			for i := 3; i >= 0; i-- {
				m := choose(t, "mode", modes)
				if l < 3 {
					m = min(m, table[l+1][i])
				}
				if i < 3 {
					m = min(m, table[l][i+1])
				}
				table[l][i] = m
				if m != kernel.Deny {
					rows = append(rows, kernel.Row{Level: kernel.Level(l), Integrity: kernel.Integrity(i), Sink: e, Mode: m})
				}
			}
		}
	}
	return rows
}

func drawTool(t *rapid.T, id kernel.ToolID) kernel.ToolSpec {
	stores := [][]kernel.StoreID{nil, nil, nil, {"s"}, {"t"}, {"s", "t"}}
	return kernel.ToolSpec{
		ID:       id,
		Needs:    choose(t, "needs", [][]kernel.Capability{nil, {"a"}, {"a"}, {"b"}, {"a", "c"}}),
		Sinks:    drawSinks(t),
		Label:    drawMild(t),
		Endorsed: oneIn(t, 2, "endorsed"),
		Reads:    choose(t, "reads", stores),
		Writes:   choose(t, "writes", stores),
		Issuer:   choose(t, "issuer", []kernel.Issuer{Registry, Registry, Registry, "stranger"}),
	}
}

func drawSinks(t *rapid.T) kernel.Sinks {
	sinks := []kernel.Sink{
		kernel.NetworkExternal, kernel.NetworkInternal, kernel.IPC, kernel.Destructive, kernel.AccountChange,
	}
	var es kernel.Sinks
	for range mixed(t, "sinks") % 3 {
		es |= kernel.SinksOf(choose(t, "sink", sinks))
	}
	return es
}

// drawMild draws an exposure that is mostly harmless: runs in which everybody is tainted at once test little.
func drawMild(t *rapid.T) kernel.Exposure {
	levels := []kernel.Level{kernel.Public, kernel.Public, kernel.Internal, kernel.Sensitive, kernel.Restricted}
	integrities := []kernel.Integrity{kernel.Proven, kernel.Verified, kernel.Verified, kernel.Observed, kernel.Untrusted}
	return kernel.Exposure{
		Level:     choose(t, "level", levels),
		Integrity: choose(t, "integrity", integrities),
	}
}
