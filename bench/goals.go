package main

import (
	"fmt"
	"strings"
)

// goal is what one goal of the design asks, and what this run says about it.
type goal struct {
	Name   string `json:"name"`
	Asks   string `json:"asks"`
	State  string `json:"state"` // met, missed or not measured
	Showed string `json:"showed"`
}

const (
	met         = "met"
	missed      = "missed"
	notMeasured = "not measured"
)

// bound is a ratio to the pass-through that a line must keep.
type bound struct {
	durability string
	callers    int
	what       string
	ratio      func(line) spread
	within     func(ratio float64) bool
}

func p50AtMost(durability string, callers int, most float64) bound {
	return bound{durability, callers, "p50", func(l line) spread { return l.Ratio.P50 }, func(r float64) bool { return r <= most }}
}

func rateAtLeast(durability string, callers int, least float64) bound {
	return bound{durability, callers, "calls/s", func(l line) spread { return l.Ratio.PerSecond }, func(r float64) bool { return r >= least }}
}

// judge holds the lines to the goals. The other gateways of G3 and G4 are not run here.
func judge(r *report) []goal {
	const elsewhere = "see the benchmarks of its package"
	return []goal{
		r.hold("G1", "calls without sinks: p50 at most 1.5 times the pass-through", p50AtMost(written, 1, 1.5), p50AtMost(written, mostCallers, 1.5)),
		r.hold("G2", "calls with sinks: p50 at most 2.5 times alone, 1.5 times at 64 callers", p50AtMost(durable, 1, 2.5), p50AtMost(durable, mostCallers, 1.5)),
		r.hold("G3", "calls with sinks at 64 callers: at least 0.7 of the calls/s of the pass-through", rateAtLeast(durable, mostCallers, 0.7)),
		{"G3", "… and at least 1.0 of the best gateway in Go without authorization, 5 times those in Node", notMeasured, "other gateways are not run here"},
		{"G4", "CPU per call at 64 callers at most 0.9 of that gateway", notMeasured, "other gateways are not run here; " + r.cpu()},
		{"G5", "kernel step", notMeasured, elsewhere},
		{"G6", "oracle with 10,000 policies at most 1.5 times its time with 5; beside OPA", notMeasured, r.morePolicies()},
		{"G7", "64 durable callers at least 3 times a commit per call", state(r.Commits.Ratio >= 3), fmt.Sprintf("%.1f", r.Commits.Ratio)},
		{"G8", "the oracle's stream beside single questions", notMeasured, elsewhere},
		holdStreams(r.Streams),
		{"G10", "start of the sandbox", notMeasured, elsewhere},
	}
}

func state(ok bool) string {
	if ok {
		return met
	}
	return missed
}

// hold judges by the medians of every installation.
func (r *report) hold(name, asks string, bounds ...bound) goal {
	g := goal{Name: name, Asks: asks, State: notMeasured}
	var showed []string
	for _, b := range bounds {
		for _, l := range r.Lines {
			if l.Durability != b.durability || l.Callers != b.callers || l.other() {
				continue
			}
			ratio := b.ratio(l).Median
			if !b.within(ratio) {
				g.State = missed
			} else if g.State == notMeasured {
				g.State = met
			}
			showed = append(showed, fmt.Sprintf("%s at %d, %s: %.2f", b.what, l.Callers, strings.TrimPrefix(l.System, "argus, "), ratio))
		}
	}
	g.Showed = strings.Join(showed, "; ")
	return g
}

func (l line) other() bool { return strings.HasPrefix(l.System, "other build") }

func (r *report) cpu() string {
	var showed []string
	for _, l := range r.Lines {
		if l.Durability == durable && l.Callers == mostCallers && !l.other() {
			showed = append(showed, fmt.Sprintf("%s: %.2f", strings.TrimPrefix(l.System, "argus, "), l.Ratio.CPU.Median))
		}
	}
	return "to the pass-through " + strings.Join(showed, "; ")
}

// morePolicies is what 1,000 policies cost a whole call.
func (r *report) morePolicies() string {
	var few, many float64
	for _, l := range r.Lines {
		if l.Durability != written || l.Callers != mostCallers {
			continue
		}
		switch l.System {
		case (&argus{policies: policyCounts[0]}).name():
			few = l.CPU.Median
		case (&argus{policies: policyCounts[1]}).name():
			many = l.CPU.Median
		}
	}
	if few == 0 || many == 0 {
		return ""
	}
	return fmt.Sprintf("CPU of a whole call with %d policies: %.2f of that with %d", policyCounts[1], many/few, policyCounts[0])
}
