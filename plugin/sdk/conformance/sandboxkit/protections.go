package sandboxkit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/sandboxkit/probe"
	"argus/plugin/sdk/sandbox"
)

// stops tries a verb that can be done outside and not inside.
func stops(verb ...string) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) error {
		plan, err := s.plan(ctx, []sandbox.Protection{})
		if err != nil {
			return err
		}
		return s.stops(ctx, plan, verb...)
	}
}

func (s *stage) stops(ctx context.Context, plan sandbox.Plan, verb ...string) error {
	control, err := s.try(ctx, nil, verb...)
	if err != nil {
		return err
	}
	if !control.could {
		return &conformance.NotClaimed{What: "it cannot be tried here: outside the sandbox it fails too: " + sdk.Clip(control.output, 300)}
	}
	attack, err := s.try(ctx, &plan, verb...)
	if err != nil {
		return err
	}
	if attack.could {
		return fmt.Errorf("inside the sandbox the probe succeeds with: %s", strings.Join(verb, " "))
	}
	return nil
}

func runs(ctx context.Context, s *stage) error {
	if _, err := s.try(ctx, nil, "tell"); err != nil {
		return err
	}
	plan, err := s.plan(ctx, []sandbox.Protection{})
	if err != nil {
		return err
	}
	told, err := s.try(ctx, &plan, "tell", "two", "words")
	if err != nil {
		return err
	}
	if missing := told.report.Missing(plan.Protections); len(missing) > 0 {
		return fmt.Errorf("the helper does not report %v, which the plan promises", missing)
	}
	if want := s.request.Folder + " environment two words"; told.output != want {
		return fmt.Errorf("the server was started as %q, not as %q", sdk.Clip(told.output, 500), want)
	}
	return nil
}

func confinesFiles(ctx context.Context, s *stage) error {
	plan, err := s.plan(ctx, []sandbox.Protection{})
	if err != nil {
		return err
	}
	for _, f := range []struct {
		folder, file string
		read, write  bool
	}{
		{"outside", "file", false, false}, {"outside", "new", false, false}, {"read", "file", true, false}, {"read", "new", false, false},
		{"write", "file", true, true}, {"scratch", "file", true, true}, {"scratch", "new", false, true},
	} {
		path := s.path(f.folder, f.file)
		if f.file == "file" {
			if err := s.files(ctx, plan, "read", path, f.read); err != nil {
				return err
			}
		}
		if err := s.files(ctx, plan, "write", path, f.write); err != nil {
			return err
		}
	}
	return nil
}

// files tries a file inside; where that is to be stopped, outside first.
func (s *stage) files(ctx context.Context, plan sandbox.Plan, verb, path string, may bool) error {
	shown, err := filepath.Rel(s.base, path)
	if err != nil {
		return err
	}
	if !may {
		if err := s.stops(ctx, plan, verb, path); err != nil {
			return fmt.Errorf("%s: %w", shown, err)
		}
		return nil
	}
	told, err := s.try(ctx, &plan, verb, path)
	if err == nil && !told.could {
		err = fmt.Errorf("inside the sandbox it cannot %s %s, which the profile lists: %s", verb, shown, sdk.Clip(told.output, 300))
	}
	return err
}

func confinesNetwork(ctx context.Context, s *stage) error {
	plan, err := s.plan(ctx, []sandbox.Protection{})
	if err != nil {
		return err
	}
	return s.shuts(ctx, plan, s.doors.network)
}

func confinesLocalSockets(ctx context.Context, s *stage) error {
	for _, network := range []bool{false, true} {
		s.request.Profile.Network = network
		plan, err := s.plan(ctx, []sandbox.Protection{})
		if err != nil {
			return err
		}
		if err := s.shuts(ctx, plan, s.doors.local); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) shuts(ctx context.Context, plan sandbox.Plan, doors []door) error {
	for _, d := range doors {
		if err := s.stops(ctx, plan, "reach", d.network, d.address); err != nil {
			return err
		}
	}
	return nil
}

func limits(ctx context.Context, s *stage) error {
	if err := stops("processes", tooMany)(ctx, s); err != nil {
		return err
	}
	s.request.Profile.MaxMemory = mostMemory
	return stops("reserve", tooMuch)(ctx, s)
}

// endsWithLifeline knows that all have ended by the end of the output, which each of them holds open.
func endsWithLifeline(ctx context.Context, s *stage) error {
	if _, err := s.try(ctx, nil, "tell"); err != nil {
		return err
	}
	plan, err := s.plan(ctx, []sandbox.Protection{})
	if err != nil {
		return err
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ours.Close()
	r, err := s.inside(ctx, plan, []string{"parent"}, theirs)
	theirs.Close()
	if err != nil {
		return err
	}
	defer func() { _ = r.cmd.Wait() }()
	defer r.end()
	if _, err := r.told(); err != nil {
		return fmt.Errorf("the helper: %w", err)
	}
	output := bufio.NewReader(ours)
	if err := ours.SetReadDeadline(time.Now().Add(runTime)); err != nil {
		return err
	}
	for _, who := range []string{"the server", "what the server started"} {
		if line, err := output.ReadString('\n'); err != nil || line != probe.Lingers+"\n" {
			return fmt.Errorf("%s did not come up: it printed %q (%v)", who, sdk.Clip(line, 200), err)
		}
	}
	if err := r.lifeline.Close(); err != nil {
		return err
	}
	if err := ours.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := output.ReadByte(); errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("five seconds after the lifeline was closed something still runs")
	}
	return nil
}
