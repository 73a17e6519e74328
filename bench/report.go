package main

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is all that a run showed.
type report struct {
	Date       string       `json:"date"`
	Commit     string       `json:"commit"`
	Machine    machine      `json:"machine"`
	Method     method       `json:"method"`
	Lines      []line       `json:"lines"`
	Streams    []streamLine `json:"streams"`
	Commits    commits      `json:"groupCommit"`
	Goals      []goal       `json:"goals"`
	Journal    found        `json:"journal"`
	SameBytes  int          `json:"oddMessagesCompared"`
	Protection []string     `json:"sandbox"`
}

// machine is where it ran.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	Disk   string `json:"disk"`
}

// method is what one must know of how it was measured.
type method struct {
	Rounds   int               `json:"rounds"`
	Seed     uint64            `json:"seed"`
	Policies []int             `json:"policies"`
	Cache    string            `json:"oracleCache"`
	Limits   map[string]string `json:"limitsRaised"`
}

// line is a cell over all turns.
type line struct {
	System     string `json:"system"`
	Durability string `json:"durability,omitempty"`
	Callers    int    `json:"callers"`
	Calls      int    `json:"callsPerTurn"`
	P50        spread `json:"p50us"`
	PerSecond  spread `json:"callsPerSecond"`
	CPU        spread `json:"cpuPerCallUs"`
	Generator  spread `json:"generatorCpuPerCallUs"`
	Ratio      ratios `json:"toPassThrough"` // each formed within a turn
}

type ratios struct {
	P50       spread `json:"p50"`
	PerSecond spread `json:"callsPerSecond"`
	CPU       spread `json:"cpuPerCall"`
}

// spread is a figure over the turns.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// middle is the median; the lower of two.
func middle[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

func spreadOf(values []float64) spread {
	return spread{middle(values), slices.Min(values), slices.Max(values)}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// over applies a view to each turn.
func over(figures []figure, view func(figure) float64) spread {
	var values []float64
	for _, f := range figures {
		values = append(values, view(f))
	}
	return spreadOf(values)
}

// against forms a ratio within each turn.
func against(figures, base []figure, view func(figure) float64) spread {
	var values []float64
	for i, f := range figures {
		values = append(values, view(f)/view(base[i]))
	}
	return spreadOf(values)
}

var (
	viewP50       = func(f figure) float64 { return micros(f.P50) }
	viewPerSecond = func(f figure) float64 { return f.PerSecond }
	viewCPU       = func(f figure) float64 { return micros(f.CPU) }
	viewGenerator = func(f figure) float64 { return micros(f.Generator) }
)

func (b *bench) report(c commits) *report {
	r := &report{
		Date: time.Now().UTC().Format(time.RFC3339), Commit: commit(),
		Machine: machine{CPU: cpuModel(), Cores: runtime.NumCPU(), Kernel: kernelRelease(), Go: runtime.Version(), Disk: b.disk},
		Method: method{
			Rounds: b.rounds, Seed: b.seed, Policies: policyCounts, Cache: "no cache: every call asked the oracle", Limits: limits,
		},
		Commits:   c,
		SameBytes: b.echoed,
	}
	for _, c := range b.cells {
		base := b.base(c.callers).figures
		r.Lines = append(r.Lines, line{
			System: c.system.name, Durability: c.class, Callers: c.callers, Calls: c.calls,
			P50: over(c.figures, viewP50), PerSecond: over(c.figures, viewPerSecond), CPU: over(c.figures, viewCPU),
			Generator: over(c.figures, viewGenerator),
			Ratio: ratios{
				P50: against(c.figures, base, viewP50), PerSecond: against(c.figures, base, viewPerSecond), CPU: against(c.figures, base, viewCPU),
			},
		})
	}
	r.Streams = b.streams.lines()
	for _, s := range b.systems {
		if s.argus != nil {
			r.Protection = s.argus.protections
		}
	}
	r.Goals = judge(r)
	return r
}

// base is the pass-through with as many callers.
func (b *bench) base(callers int) *cell {
	i := slices.IndexFunc(b.cells, func(c *cell) bool { return c.system.name == passThrough && c.callers == callers })
	return b.cells[i]
}

// commit is that of the source, marked if something was changed since.
func commit() string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(out))
	if out, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--untracked-files=no").Output(); err != nil || len(out) > 0 {
		name += ", changed"
	}
	return name
}

func (r *report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// keep writes the figures to a file.
func (r *report) keep(name string) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := r.writeJSON(f); err != nil {
		return err
	}
	return f.Close()
}
