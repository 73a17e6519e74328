package sandboxkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/sandboxkit/probe"
	"argus/plugin/sdk/sandbox"
	"argus/plugin/sdk/sandbox/report"
)

const runTime = 20 * time.Second

// run is a started probe.
type run struct {
	cmd      *exec.Cmd
	report   *os.File // what the helper tells; nil outside
	lifeline *os.File
	left     *os.File
	cancel   context.CancelFunc
}

// outside starts the probe without a sandbox.
func (s *stage) outside(ctx context.Context, verb []string, output *os.File) (*run, error) {
	if len(s.probe) == 0 {
		return nil, &conformance.NotClaimed{What: "nothing was given that can be run inside"}
	}
	return s.start(ctx, append(s.probe, verb...), nil, output)
}

// inside starts the probe as a plan says.
func (s *stage) inside(ctx context.Context, plan sandbox.Plan, verb []string, output *os.File) (*run, error) {
	argv := append([]string{filepath.Join(s.pluginFolder, plan.Helper)}, plan.Arguments...)
	return s.start(ctx, append(append(argv, s.probe...), verb...), &plan, output)
}

func (s *stage) start(ctx context.Context, argv []string, plan *sandbox.Plan, output *os.File) (r *run, err error) {
	ctx, cancel := context.WithTimeout(ctx, runTime)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	r = &run{cmd: cmd, cancel: cancel}
	defer func() {
		if err != nil {
			r.end()
		}
	}()
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.request.Folder, []string{"PROBE=environment"}, output, output
	extra := make([]*os.File, 64)
	if r.left, err = os.Open(s.path("outside", "file")); err != nil {
		return nil, err
	}
	extra[probe.Inherited-3] = r.left
	if plan == nil {
		cmd.ExtraFiles = extra[:probe.Inherited-2]
		return r, cmd.Start()
	}
	theirs, lifeline, err := r.pipes()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	defer lifeline.Close()
	extra[plan.ReportDescriptor-3], extra[plan.LifelineDescriptor-3] = theirs, lifeline
	cmd.ExtraFiles = extra[:max(plan.ReportDescriptor, plan.LifelineDescriptor, probe.Inherited)-2]
	return r, cmd.Start()
}

// pipes makes the pipes of the report and the lifeline and gives the helper's ends.
func (r *run) pipes() (report, lifeline *os.File, err error) {
	if r.report, report, err = os.Pipe(); err != nil {
		return nil, nil, err
	}
	if lifeline, r.lifeline, err = os.Pipe(); err != nil {
		report.Close()
		return nil, nil, err
	}
	return report, lifeline, nil
}

func (r *run) end() {
	r.cancel()
	for _, f := range []*os.File{r.report, r.lifeline, r.left} {
		if f != nil {
			f.Close()
		}
	}
}

// told reads the helper's report.
func (r *run) told() (report.Report, error) {
	if err := r.report.SetReadDeadline(time.Now().Add(runTime)); err != nil {
		return report.Report{}, err
	}
	return report.Read(r.report)
}

// tried is what a probe answered.
type tried struct {
	could  bool
	output string
	report report.Report
}

// try runs a verb to its end: inside, as plan says, or outside where plan is nil.
func (s *stage) try(ctx context.Context, plan *sandbox.Plan, verb ...string) (tried, error) {
	output, err := os.Create(s.path("output"))
	if err != nil {
		return tried{}, err
	}
	defer output.Close()
	var r *run
	if plan == nil {
		r, err = s.outside(ctx, verb, output)
	} else {
		r, err = s.inside(ctx, *plan, verb, output)
	}
	if err != nil {
		return tried{}, err
	}
	defer r.end()
	var t tried
	if plan != nil {
		if t.report, err = r.told(); err != nil {
			return t, errors.Join(fmt.Errorf("the helper: %w", err), r.cmd.Wait())
		}
	}
	err = r.cmd.Wait()
	text, readErr := os.ReadFile(s.path("output"))
	t.output = string(bytes.TrimSpace(text))
	switch code := r.cmd.ProcessState.ExitCode(); {
	case readErr != nil:
		return t, readErr
	case code == probe.Could:
		t.could = true
		return t, nil
	case code == probe.Refused:
		return t, nil
	}
	return t, fmt.Errorf("the probe did not answer: %w: %s", err, t.output)
}
