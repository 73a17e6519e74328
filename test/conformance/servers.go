package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"argus/internal/installed"
)

// judgeServers has the fixtures server judged both ways, at the same time. That one of them cannot be judged at all is the reason of each
// of its scenarios.
func (r *report) judgeServers(ctx context.Context, o options, s suite) error {
	program := filepath.Join(o.programs, "examples", "fixtures")
	direct, err := installed.Serve(filepath.Join(o.folder, "fixtures.log"), program, "-http", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer direct.Stop()
	var ways sync.WaitGroup
	ways.Go(func() { r.direct = judgeAll(ctx, o, s, r.server, direct.URL) })
	ways.Go(func() { r.through = judgeThrough(ctx, o, s, r.server, program) })
	ways.Wait()
	return ctx.Err()
}

// judgeThrough judges through Argus. Argus listens at another address of this machine with the forwarder's port, so that a Host header which
// names the one names the other.
func judgeThrough(ctx context.Context, o options, s suite, all []scenario, program string) []verdict {
	unreached := func(err error) []verdict {
		verdicts := make([]verdict, len(all))
		for i := range verdicts {
			verdicts[i].reason = "not reached: " + err.Error()
		}
		return verdicts
	}
	f, err := openForwarder()
	if err != nil {
		return unreached(err)
	}
	defer f.close()
	command := []string{program}
	if o.legacy {
		command = append(command, "-legacy")
	}
	g, err := openGateway(ctx, o.programs, filepath.Join(o.folder, "argus"), fmt.Sprintf("127.0.0.2:%d", f.port()), []string{f.origin()},
		fixture{command: command, tools: fixtureTools})
	if err != nil {
		return unreached(err)
	}
	defer g.close()
	if err := f.forward(g.process.URL, g.token); err != nil {
		return unreached(err)
	}
	return judgeAll(ctx, o, s, all, f.origin()+"/mcp")
}

// fixtureTools is how many tools the fixtures server offers when it starts.
const fixtureTools = 29

func judgeAll(ctx context.Context, o options, s suite, all []scenario, url string) []verdict {
	verdicts := make([]verdict, len(all))
	for i, sc := range all {
		verdicts[i] = o.repeat(func() verdict { return s.server(ctx, sc, url) })
	}
	return verdicts
}

// repeat runs until a run fails.
func (o options) repeat(run func() verdict) (v verdict) {
	for n := range o.runs {
		if v = run(); !v.passed {
			v.reason = fmt.Sprintf("run %d of %d: %s", n+1, o.runs, v.reason)
			return v
		}
	}
	return v
}
