// Command bench measures what a call through Argus costs beside the same call made directly and through a gateway that only carries bytes, and
// what a model's answer costs beside the same answer direct and through a reverse proxy.
//
// All are measured in one run, in turns, so that whatever else the machine does meets all of them; what it prints are medians over the
// turns, and ratios formed within each turn. README.md says how to read them.
//
// It trusts nothing that it measures: each answer must be the expected bytes, each call through Argus must stand in the journal with its
// start and its end, and the sandbox and the policies must be seen to be in force. Otherwise it fails and prints no figures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// options say what to run.
type options struct {
	rounds int           // turns of all cells
	time   time.Duration // that a cell should take, about
	seed   uint64
	folder string // where everything is kept while it runs; it must be on a real disk
	out    string // file for the figures; none if empty
	json   bool
	alter  bool   // run a gateway that does not carry the same bytes
	only   string // part of a variant's name
	many   int    // callers; both numbers if 0
	models bool   // measure only answers of models
	serve  string // program to run in place of `argus serve`, to profile it
	beside string // folder of another build's programs
}

// instead is the program to run in place of `argus serve`, if there is one.
func (o options) instead() []string {
	if o.serve == "" {
		return nil
	}
	return []string{o.serve}
}

func flags(args []string) (options, error) {
	var o options
	var quick bool
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.IntVar(&o.rounds, "rounds", 7, "turns of all cells")
	set.DurationVar(&o.time, "time", time.Second, "what one cell should take, about")
	set.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the order of the cells")
	set.StringVar(&o.folder, "folder", "", "keep everything in a new folder in this one while it runs (default the system's for temporary files)")
	set.StringVar(&o.out, "out", "bench/results.json", "write the figures to this `file`; empty for none")
	set.BoolVar(&o.json, "json", false, "print the figures as JSON instead of a table")
	set.StringVar(&o.only, "only", "", "measure only the variants whose name contains this `text`, and those they are compared with")
	set.IntVar(&o.many, "callers", 0, "measure only with so many callers: 1 or 64 (default both)")
	set.BoolVar(&o.models, "models", false, "measure only answers of models")
	set.StringVar(&o.serve, "serve", "", "run this `program` in place of argus for serving, such as bench/profiled")
	set.StringVar(&o.beside, "beside", "", "measure the programs of another build too, which lie in this `folder`: argus and plugins/")
	set.BoolVar(&quick, "quick", false, "see in a few seconds that all of it works; the figures mean little")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if set.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	if quick {
		o.rounds, o.time = 1, 60*time.Millisecond
	}
	named := false
	set.Visit(func(f *flag.Flag) { named = named || f.Name == "out" })
	if (quick || o.models) && !named {
		o.out = "" // the figures of a baseline are not replaced by fewer, or by ones that mean little
	}
	if o.many != 0 && o.many != 1 && o.many != mostCallers {
		return o, errors.New("--callers is 1 or 64")
	}
	if o.rounds < 1 || o.time <= 0 {
		return o, errors.New("--rounds and --time must be positive")
	}
	return o, nil
}

func main() {
	o, err := flags(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		err = run(ctx, o)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures, checks what it measured, and only then prints.
func run(ctx context.Context, o options) error {
	bench, err := open(ctx, o)
	if err != nil {
		return err
	}
	report, err := bench.measure(ctx)
	if err = errors.Join(err, bench.close()); err != nil {
		return err
	}
	if report.Journal, err = bench.checkJournals(); err != nil {
		return err
	}
	if o.serve != "" {
		fmt.Fprintln(os.Stderr, "bench: what the program left is in", bench.folder)
	} else if err := os.RemoveAll(bench.folder); err != nil {
		return err
	}
	if err := report.keep(o.out); err != nil {
		return err
	}
	if o.json {
		return report.writeJSON(os.Stdout)
	}
	return report.write(os.Stdout)
}
