package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"argus/internal/installed"
)

// Names of the systems that Argus is compared with.
const (
	direct      = "direct"
	passThrough = "pass-through"
)

// Durability classes of a start.
const (
	written = "written"
	durable = "durable"
)

// bench is one run.
type bench struct {
	options
	folder  string // of everything while it runs
	disk    string
	systems []*system
	cells   []*cell
	streams *streams
	echoed  int // messages whose bytes were compared
}

// cell is one line of the table: a system, called with one tool by so many callers.
type cell struct {
	system  *system
	tool    string
	class   string // of the start; empty where nothing is recorded
	callers int
	calls   int // of one turn
	figures []figure
}

// figure is what one turn of a cell showed.
type figure struct {
	P50       time.Duration
	PerSecond float64
	CPU       time.Duration // of all processes of the system, for one call
	Generator time.Duration // of the bench itself, for one call
}

func (c *cell) name() string {
	if c.class == "" {
		return c.system.name
	}
	return c.system.name + ", " + c.class
}

// open builds the programs and starts every system.
func open(ctx context.Context, o options) (*bench, error) {
	folder, err := os.MkdirTemp(o.folder, "argus-bench")
	if err != nil {
		return nil, err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, err
	}
	b := &bench{options: o, folder: folder}
	if b.disk, err = realDisk(folder); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	fmt.Fprintln(os.Stderr, "bench: building the programs")
	if err := installed.Build(ctx, folder, programs); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	fmt.Fprintln(os.Stderr, "bench: starting them in", folder)
	if !o.models {
		if b.systems, err = openSystems(ctx, o, folder); err != nil {
			return nil, err // the folder stays: it holds the logs
		}
		b.cells = b.table()
	}
	if b.streams, err = openStreams(ctx, o, folder); err != nil {
		return nil, errors.Join(err, closeAll(b.systems))
	}
	return b, nil
}

func (b *bench) close() error { return errors.Join(closeAll(b.systems), b.streams.close()) }

// table lists the cells. What is compared with is always among them.
func (b *bench) table() []*cell {
	var cells []*cell
	for _, s := range b.systems {
		for _, tool := range []string{note, post} {
			class := ""
			if s.argus != nil {
				class = map[string]string{note: written, post: durable}[tool]
			} else if tool == post {
				continue // the same as a note where nothing is recorded
			}
			for _, callers := range []int{1, mostCallers} {
				c := &cell{system: s, tool: tool, class: class, callers: callers}
				if b.many != 0 && b.many != callers {
					continue
				}
				if s.argus == nil || strings.Contains(c.name(), b.only) {
					cells = append(cells, c)
				}
			}
		}
	}
	slices.SortStableFunc(cells, func(x, y *cell) int { return x.callers - y.callers })
	return cells
}

// measure looks at the systems, then takes the turns.
func (b *bench) measure(ctx context.Context) (*report, error) {
	debug.SetGCPercent(400) // the generator's own collections are not what is measured
	if !b.models {
		if err := b.compareBytes(); err != nil {
			return nil, err
		}
	}
	for _, s := range b.systems {
		if err := s.control(); err != nil {
			return nil, err
		}
	}
	for _, c := range b.cells {
		if err := c.size(b.time); err != nil {
			return nil, err
		}
	}
	order := rand.New(rand.NewPCG(b.seed, 0))
	for turn := range b.rounds {
		fmt.Fprintf(os.Stderr, "bench: turn %d of %d\n", turn+1, b.rounds)
		for _, i := range order.Perm(len(b.cells)) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := b.cells[i].turn(); err != nil {
				return nil, err
			}
		}
		if err := b.streams.turn(ctx, order); err != nil {
			return nil, err
		}
	}
	commits, err := groupCommit(filepath.Join(b.folder, "commits"), b.rounds)
	if err != nil {
		return nil, err
	}
	for _, s := range b.systems {
		if err := s.nothingElse(ctx); err != nil {
			return nil, err
		}
	}
	return b.report(commits), nil
}

// size finds how many calls a cell takes in about the time given; every turn then makes as many.
func (c *cell) size(about time.Duration) error {
	const first = 4
	rate := 0.0
	for n := c.callers * first; ; n *= 4 {
		l, err := c.system.drive(c.tool, c.callers, n)
		if err != nil {
			return err
		}
		if rate = l.perSecond(); l.wall >= about/10 {
			break
		}
	}
	c.calls = max(int(rate*about.Seconds())/c.callers, first) * c.callers
	return nil
}

// turn measures a cell once. Some calls before it, which do not count, wake what slept while others had their turn.
func (c *cell) turn() error {
	if _, err := c.system.drive(c.tool, c.callers, 4*c.callers); err != nil {
		return err
	}
	ownBefore, err := ownCPU()
	if err != nil {
		return err
	}
	before, err := c.system.cpu()
	if err != nil {
		return err
	}
	l, err := c.system.drive(c.tool, c.callers, c.calls)
	if err != nil {
		return err
	}
	after, err := c.system.cpu()
	if err != nil {
		return err
	}
	ownAfter, err := ownCPU()
	if err != nil {
		return err
	}
	n := time.Duration(c.calls)
	c.figures = append(c.figures, figure{
		P50: l.p50(), PerSecond: l.perSecond(), CPU: (after - before) / n, Generator: (ownAfter - ownBefore) / n,
	})
	return nil
}
