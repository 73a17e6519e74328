package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// mostCallers is how many call at the same time at most.
const mostCallers = 64

// system is one way from a client to the echo server: all of its processes, and the clients that use it.
type system struct {
	name    string
	process *process
	pids    []int
	callers []*caller
	serial  uint64  // of the next call
	made    []calls // in order
	argus   *argus  // nil for one without
}

// connect opens a session for each caller. More processes than there are then are not expected to come.
func (s *system) connect(token string) error {
	for range mostCallers {
		c := newCaller(s.process.url, token)
		if err := c.open(); err != nil {
			return fmt.Errorf("%s: open a session: %w", s.name, err)
		}
		s.callers = append(s.callers, c)
	}
	s.serial = 1
	var err error
	s.pids, err = family(s.process.cmd.Process.Pid)
	return err
}

// drive makes n calls and remembers them.
func (s *system) drive(tool string, callers, n int) (load, error) {
	from := s.serial
	s.serial += uint64(n)
	s.made = append(s.made, calls{tool, from, s.serial})
	l, err := drive(s.callers[:callers], tool, from, n)
	if err != nil {
		return l, fmt.Errorf("%s: %w", s.name, err)
	}
	return l, nil
}

// cpu is what all processes of the system have used. That they are still the same ones is part of the measurement.
func (s *system) cpu() (time.Duration, error) {
	pids, err := family(s.process.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	if !slices.Equal(pids, s.pids) {
		return 0, fmt.Errorf("%s: its processes were %v and are %v now", s.name, s.pids, pids)
	}
	return cpuOf(pids)
}

func (s *system) close() error {
	for _, c := range s.callers {
		c.close()
	}
	return s.process.stop()
}

// openSystems starts all. On an error those that run are ended.
func openSystems(ctx context.Context, o options, folder string) (systems []*system, err error) {
	defer func() {
		if err != nil {
			for _, s := range systems {
				err = errors.Join(err, s.close())
			}
			systems = nil
		}
	}()
	echo := filepath.Join(folder, "echo")
	gateway := []string{filepath.Join(folder, "passthrough")}
	if o.alter {
		gateway = append(gateway, "--alter")
	}
	for name, command := range map[string][]string{
		direct:      {echo, "--http", "127.0.0.1:0"},
		passThrough: append(gateway, "--", echo),
	} {
		p, err := serve(filepath.Join(folder, name+".log"), command...)
		if err != nil {
			return systems, err
		}
		systems = append(systems, &system{name: name, process: p})
	}
	for _, policies := range policyCounts {
		a := &argus{folder: filepath.Join(folder, fmt.Sprintf("p%d", policies)), programs: folder, policies: policies, serve: o.serve}
		p, err := a.start(ctx)
		if err != nil {
			return systems, err
		}
		systems = append(systems, &system{name: a.name(), process: p, argus: a})
	}
	for _, s := range systems {
		token := ""
		if s.argus != nil {
			token = s.argus.token
		}
		if err := s.connect(token); err != nil {
			return systems, err
		}
	}
	return systems, nil
}
