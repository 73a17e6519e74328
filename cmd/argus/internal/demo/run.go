package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"argus/host/front/operator"
)

// player plays one demo.
type player struct {
	Options
	teller
	dir     string
	world   world
	home    home
	out     *collector
	began   time.Time
	summary Summary
}

// Run plays everything. The summary is complete only without an error, which says what kept the demo from being played; a story that
// ended as it must not is no error. All processes have ended when Run returns, also when ctx ends.
func Run(ctx context.Context, o Options) (summary Summary, err error) {
	if err := o.check(); err != nil {
		return Summary{}, err
	}
	dir, remove, err := o.folder()
	if err != nil {
		return Summary{}, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	p := &player{Options: o, teller: teller{o.Out, o.Paint, o.Live}, dir: dir, began: time.Now()}
	p.home = home{o.Program, o.PluginDir, filepath.Join(dir, "argus")}
	if p.world, err = makeWorld(filepath.Join(dir, "world")); err != nil {
		return Summary{}, err
	}
	for _, act := range []func(context.Context) error{p.without, p.through} {
		if err := act(ctx); err != nil {
			if ctx.Err() != nil {
				err = errors.New("interrupted")
			}
			return Summary{}, err
		}
	}
	p.total(p.summary, time.Since(p.began))
	if o.Keep {
		p.say("\nkept: %s\n", dir)
	}
	return p.summary, nil
}

// without plays the lethal trifecta with nothing between the agent and its tools.
func (p *player) without(ctx context.Context) error {
	p.heading("Without Argus")
	out, err := collect()
	if err != nil {
		return err
	}
	defer out.close()
	r := &record{story: Story{Name: "without"}, secret: drawSecret()}
	if err := p.world.keep(r.secret); err != nil {
		return err
	}
	logs, err := os.MkdirTemp(p.dir, "without-")
	if err != nil {
		return fmt.Errorf("make a folder for logs: %w", err)
	}
	s := &Stage{ctx: ctx, world: p.world, agent: p.agent(), record: r}
	s.direct = func(a *Actor) {
		for _, server := range servers {
			args := p.world.arguments(server, out.url, filepath.Join(logs, server.name))
			s.connect(a, step{To: server.name, Command: append([]string{p.stub()}, args...)})
		}
	}
	doAsTheMailSays(s.Agent())
	s.end()
	if s.over() {
		return fmt.Errorf("the agent without Argus could not be played: %s", r.faults[0])
	}
	received, err := out.bytes()
	if err != nil {
		return err
	}
	p.summary.LeakedWithout = newHunter(r.secret).find(received)[r.secret]
	p.bare(len(received), p.summary.LeakedWithout)
	return nil
}

// through plays every story through a running daemon.
func (p *player) through(ctx context.Context) (err error) {
	p.heading("Through Argus")
	if p.out, err = collect(); err != nil {
		return err
	}
	defer p.out.close()
	p.progress("argus init")
	if err := p.home.make(ctx, p.world, p.stub(), p.out.url); err != nil {
		return err
	}
	p.progress("argus serve")
	d, err := p.home.serve(ctx, filepath.Join(p.dir, "serve.log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	if err := p.ready(ctx); err != nil {
		return errors.Join(err, errors.New(d.lastWords()))
	}
	records, err := p.play(ctx, d)
	if err != nil {
		return err
	}
	p.progress("judging")
	return p.judge(ctx, d, records)
}

// ready waits for the servers and approves their tools.
func (p *player) ready(ctx context.Context) error {
	p.progress("argus registry pin")
	err := until(ctx, "the servers to define their tools", func() (bool, error) {
		status, err := p.home.status(ctx)
		if err != nil || !allRun(status) {
			return false, err
		}
		all, err := p.home.tools(ctx)
		return len(all) == len(tools()), err
	})
	if err != nil {
		return err
	}
	if err := p.home.pin(ctx); err != nil {
		return err
	}
	p.done("the daemon runs, %d servers in their sandboxes, %d tools approved (%.1f s)", len(servers), len(tools()),
		time.Since(p.began).Seconds())
	return nil
}

func allRun(s operator.Status) bool {
	for _, server := range s.Servers {
		if len(server.Protections) == 0 {
			return false
		}
	}
	return len(s.Servers) == len(servers)
}

// play plays the stories, one after the other: each has a secret of its own in the same places.
func (p *player) play(ctx context.Context, d *daemon) ([]*record, error) {
	tokens := filepath.Join(p.dir, "tokens")
	if err := os.Mkdir(tokens, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for tokens: %w", err)
	}
	var records []*record
	stories := Stories()
	for i, story := range stories {
		p.progress(fmt.Sprintf("playing %d of %d: %s", i+1, len(stories), story.Name))
		r := &record{story: story, secret: drawSecret()}
		if err := p.world.keep(r.secret); err != nil {
			return nil, err
		}
		s := &Stage{ctx: ctx, home: p.home, world: p.world, url: d.url, outside: p.out, agent: p.agent(), tokens: tokens, record: r}
		story.Play(s)
		s.end()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// judge reads the evidence, has the operator's explanations told, and shows every verdict.
func (p *player) judge(ctx context.Context, d *daemon, records []*record) error {
	var e Evidence
	var err error
	if e.Exposure, err = p.home.exposures(ctx); err != nil {
		return err
	}
	causes := p.explain(ctx, records)
	// The daemon ends its servers first, so that no log grows while it is read.
	if err := d.stop(); err != nil {
		return err
	}
	for _, s := range servers {
		if err := e.add(s.name, p.home.log(s.name)); err != nil {
			return err
		}
	}
	if e.Received, err = p.out.bytes(); err != nil {
		return err
	}
	var secrets []secret
	for _, r := range records {
		secrets = append(secrets, r.secret)
	}
	e.hunt(secrets)
	for _, r := range records {
		v := judge(r, &e)
		v.Cause = causes[r]
		p.summary.add(v)
	}
	p.verdicts(p.summary.Verdicts)
	return nil
}

// explain asks, for the first refusal of each story, what the operator is told of it.
func (p *player) explain(ctx context.Context, records []*record) map[*record]string {
	causes := map[*record]string{}
	for _, r := range records {
		if len(r.refusals) == 0 {
			continue
		}
		said, err := ask[operator.Explanation](ctx, p.home, "explain", r.refusals[0].reference)
		switch {
		case err != nil:
			causes[r] = err.Error()
		case len(said.Causes) > 0:
			causes[r] = said.Causes[0]
		}
	}
	return causes
}
