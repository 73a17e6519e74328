package upstream

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"argus/host/child"
)

// launch plans and starts one confined process and returns it when its helper has reported all that the plan requires.
func (s *server) launch(ctx context.Context, starter *child.Starter) (*process, error) {
	planning, cancel := context.WithTimeout(ctx, s.options.StartTimeout)
	defer cancel()
	plan, err := s.launcher.Plan(planning, s.spec)
	if plan.Helper != nil {
		defer plan.Helper.Close()
	}
	if err != nil {
		return nil, unplanned{err}
	}
	if err := plan.check(); err != nil {
		return nil, unplanned{err}
	}
	spec, err := s.spec.with(plan.Secrets)
	if err != nil {
		return nil, unplanned{err}
	}
	p, reporting, err := startConfined(spec, plan, starter)
	if err != nil {
		return nil, fmt.Errorf("start the helper: %w", err)
	}
	defer reporting.Close()
	stop := context.AfterFunc(ctx, func() { reporting.Close() })
	defer stop()
	p.applied, err = readReport(reporting, s.options.ReportTimeout, plan.Required)
	if err != nil {
		p.end(atOnce)
		p.closePipes()
		return nil, fmt.Errorf("confine the server: %w", err)
	}
	return p, nil
}

// Able is an error on a system on which no server can be started, whatever its sandbox, and says why.
func Able() error {
	_, err := byDescriptor(0)
	return err
}

// startConfined executes the helper through its descriptor: the file that was verified, whatever its path names by now.
func startConfined(spec Spec, plan Plan, starter *child.Starter) (p *process, reporting *os.File, err error) {
	var ours, theirs pipes
	defer theirs.close()
	defer func() {
		if err != nil {
			ours.close()
		}
	}()
	// The child reads 0 and its lifeline, and writes 1, 2 and its report.
	for i := range theirs {
		read, write, err := os.Pipe()
		if err != nil {
			return nil, nil, err
		}
		if i == input || i == lifeline {
			theirs[i], ours[i] = read, write
		} else {
			theirs[i], ours[i] = write, read
		}
	}
	last := max(plan.ReportDescriptor, plan.LifelineDescriptor) + 1
	path, err := byDescriptor(last)
	if err != nil {
		return nil, nil, err
	}
	extra := make([]*os.File, last-2)
	extra[plan.ReportDescriptor-3] = theirs[reported]
	extra[plan.LifelineDescriptor-3] = theirs[lifeline]
	extra[last-3] = plan.Helper
	cmd := &exec.Cmd{
		Path:       path,
		Args:       argv(spec, plan),
		Env:        spec.environment(),
		Dir:        spec.Folder,
		Stdin:      theirs[input],
		Stdout:     theirs[output],
		Stderr:     theirs[complaint],
		ExtraFiles: extra,
	}
	// The helper ends all it started on this signal; SIGKILL would leave it no time to.
	started, err := starter.Start(cmd, syscall.SIGTERM)
	if err != nil {
		return nil, nil, err
	}
	return &process{Process: started, pipes: ours, hidden: spec.Env}, ours[reported], nil
}

func argv(spec Spec, plan Plan) []string {
	all := append([]string{plan.HelperName}, plan.Arguments...)
	return append(append(all, spec.Command), spec.Args...)
}
