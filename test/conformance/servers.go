package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"argus/internal/installed"
)

// judgeServers has the fixtures server judged both ways, at the same time.
func (r *report) judgeServers(ctx context.Context, o options, s suite) {
	program := filepath.Join(o.programs, "examples", "fixtures")
	var ways sync.WaitGroup
	ways.Go(func() { r.direct.tell(judgeDirect(ctx, o, s, r.server, r.direct, program)) })
	ways.Go(func() { r.through.tell(judgeThrough(ctx, o, s, r.server, r.through, program)) })
	ways.Wait()
}

func judgeDirect(ctx context.Context, o options, s suite, all []scenario, told pending, program string) error {
	direct, err := installed.Serve(filepath.Join(o.folder, "fixtures.log"), program, "-http", "127.0.0.1:0")
	if err != nil {
		return err
	}
	judgeAll(ctx, o, s, all, told, direct.URL, func(int) error { return nil })
	return direct.Stop()
}

// judgeThrough judges through Argus. Argus listens at another address of this machine with the forwarder's port, so that a Host header which
// names the one names the other.
func judgeThrough(ctx context.Context, o options, s suite, all []scenario, told pending, program string) error {
	f, err := openForwarder()
	if err != nil {
		return err
	}
	defer f.close()
	command := []string{program}
	if o.legacy {
		command = append(command, "-legacy")
	}
	g, err := openGateway(ctx, o.programs, filepath.Join(o.folder, "argus"), fmt.Sprintf("127.0.0.2:%d", f.port()), []string{f.origin()},
		fixture{command: command, tools: fixtureTools})
	if err != nil {
		return err
	}
	defer g.close()
	f.use(g.token)
	if err := f.forward(g.process.URL); err != nil {
		return err
	}
	// Each scenario is an agent's of its own: the calls that one leaves open are no other's.
	judgeAll(ctx, o, s, all, told, f.origin()+"/mcp", func(i int) error {
		token, err := g.NewAgent(ctx, fmt.Sprintf("suite-%d", i))
		f.use(token)
		return err
	})
	return nil
}

// fixtureTools is how many tools the fixtures server offers when it starts.
const fixtureTools = 29

func judgeAll(ctx context.Context, o options, s suite, all []scenario, told pending, url string, begin func(int) error) {
	for i, sc := range all {
		if err := begin(i); err != nil {
			told[i] <- verdict{reason: "not reached: " + err.Error()}
			continue
		}
		told[i] <- o.repeat(func() verdict { return s.server(ctx, sc, url) })
	}
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
