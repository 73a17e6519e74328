// Conformance has the official suite of MCP judge the fixtures server twice: directly, and through Argus. What passes directly and not
// through Argus is lost on the way. Then the suite's scenarios for clients judge Argus as a client of servers.
//
// Each scenario is run alone, three times: a pass is three of three. The same scenarios that the suite scores for a revision count, no others.
// The last line tells how many passed; what did not is named above it, with the reason that the suite gives.
//
// It takes from the suite nothing but its verdicts. The suite cannot send a bearer, so a forwarder stands between it and Argus that adds one and
// changes nothing else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
)

// options say where things lie and what to run.
type options struct {
	programs string // folder of argus, plugins/ and examples/
	suite    string // folder of the suite's package
	only     string // part of a scenario's name
	runs     int    // of each scenario, which passes when all do
	legacy   bool   // let Argus speak the session era to the server
	folder   string // where everything is kept while it runs
}

func main() {
	var o options
	set := flag.NewFlagSet("conformance", flag.ExitOnError)
	set.StringVar(&o.programs, "programs", "bin", "`folder` of argus, plugins and examples")
	set.StringVar(&o.suite, "suite", "test/conformance/node_modules/@modelcontextprotocol/conformance", "`folder` of the suite's package")
	set.StringVar(&o.only, "only", "", "run only the scenarios whose name contains this `text`")
	set.IntVar(&o.runs, "runs", 3, "how often a scenario is run")
	set.BoolVar(&o.legacy, "legacy", false, "behind Argus, have the server speak 2025-11-25 only; some scenarios of the other era then have nothing to pass with")
	_ = set.Parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch args := set.Args(); {
	case len(args) == 0 && o.runs > 0:
		err = judge(ctx, o, os.Stdout)
	case len(args) == 2 && args[0] == "bridge":
		err = bridge(ctx, args[1], os.Stdin, os.Stdout)
	case len(args) == 2 && args[0] == "client":
		err = beClient(ctx, o, args[1])
	default:
		err = errors.New("there is nothing to do but to judge, or to be a bridge or a client at a URL")
	}
	if err == nil {
		return
	}
	if !errors.Is(err, errLost) { // which the report says
		fmt.Fprintln(os.Stderr, "conformance:", err)
	}
	stop()
	os.Exit(1)
}

var errLost = errors.New("not everything passed")

// judge runs everything and tells what came of it.
func judge(ctx context.Context, o options, told io.Writer) error {
	var err error
	if o.programs, err = filepath.Abs(o.programs); err != nil {
		return err
	}
	if o.folder, err = os.MkdirTemp("", "conformance"); err != nil {
		return err
	}
	defer os.RemoveAll(o.folder)
	s := suite{folder: o.suite, results: o.folder}
	wanted, err := s.scenarios(o.only)
	if err != nil {
		return err
	}
	r := newReport(told, wanted)
	var judges sync.WaitGroup
	judges.Go(func() {
		r.judgeServers(ctx, o, s)
		r.judgeClient(ctx, o, s)
	})
	good := r.write()
	judges.Wait()
	if !good {
		return errLost
	}
	return nil
}
