package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// write prints the table with all that one must know to read it.
func (r *report) write(w io.Writer) error {
	fmt.Fprintf(w, "medians of %d turns in random order (seed %d)\n", r.Method.Rounds, r.Method.Seed)
	fmt.Fprintf(w, "machine     %s, %d cores, %s, %s, %s; commit %s, %s\n", r.Machine.CPU, r.Machine.Cores, r.Machine.Kernel, r.Machine.Go,
		r.Machine.Disk, r.Commit, r.Date)
	if len(r.Lines) > 0 {
		if err := r.writeCalls(w); err != nil {
			return err
		}
	}
	if err := r.writeStreams(w); err != nil {
		return err
	}
	return r.writeGoals(w)
}

// writeCalls prints what a call costs.
func (r *report) writeCalls(w io.Writer) error {
	r.writeHead(w)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nsystem\tdurability\tcallers\tp50 µs\tcalls/s\tCPU µs/call\tgenerator\t| p50\tcalls/s\tCPU\t")
	for _, l := range r.Lines {
		durability := l.Durability
		if durability == "" {
			durability = "nothing recorded"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t| %s\t%s\t%s\t\n", l.System, durability, l.Callers,
			l.P50.Median, l.PerSecond.Median, l.CPU.Median, l.Generator.Median,
			times(l.Ratio.P50), times(l.Ratio.PerSecond), times(l.Ratio.CPU))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nright of | : ratios to the pass-through with as many callers, formed within each turn: median (least to most)\n\n")
	r.writeFoot(w)
	return nil
}

// writeStreams prints what a piece of a model's answer waits, and how long one takes that comes at once.
func (r *report) writeStreams(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nanswers of\tsystem\tpaced p50 µs/chunk\tbulk ms/answer\t| chunk\tbulk\t")
	for _, l := range r.Streams {
		fmt.Fprintf(t, "%s\t%s\t%.0f\t%.1f\t| %s\t%s\t\n", l.API, l.System, l.Chunk.Median, l.Bulk.Median/1e3, times(l.Ratio.Chunk), times(l.Ratio.Bulk))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nright of | : ratios to the reverse proxy; a paced answer has %d chunks, one in bulk %d\n\n", streamPieces, bulkPieces)
	return err
}

func times(s spread) string { return fmt.Sprintf("%.2f (%.2f-%.2f)", s.Median, s.Min, s.Max) }

func (r *report) writeHead(w io.Writer) {
	fmt.Fprintf(w, "arguments   differ in every call, and a policy in force reads one of them (a call that it forbids was refused)\n")
	fmt.Fprintf(w, "oracle      %s; policies loaded: %s\n", r.Method.Cache, strings.Trim(fmt.Sprint(r.Method.Policies), "[]"))
	fmt.Fprintf(w, "durability  written: the start survives kill -9 before the call is made, and is on the disk within 50 ms; durable: it is on the disk\n")
	fmt.Fprintf(w, "sandbox     on: %s\n", strings.Join(r.Protection, ", "))
	var raised []string
	for _, key := range slices.Sorted(maps.Keys(r.Method.Limits)) {
		raised = append(raised, key+" = "+r.Method.Limits[key])
	}
	fmt.Fprintf(w, "limits      raised for the bench: %s\n", strings.Join(raised, ", "))
}

func (r *report) writeFoot(w io.Writer) {
	fmt.Fprintf(w, "journal     %d records verified and replayed; each of %d calls has its start and its end\n", r.Journal.Records, r.Journal.Calls)
	fmt.Fprintf(w, "same bytes  every answer of every system was compared to the byte, and %d odd messages through the pass-through\n", r.SameBytes)
	fmt.Fprintf(w, "fsync       64 callers: %.0f µs a record when they share, %.0f µs when each has its own\n", r.Commits.Shared, r.Commits.Alone)
}

func (r *report) writeGoals(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, g := range r.Goals {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", g.Name, g.State, g.Asks, g.Showed)
	}
	return t.Flush()
}
