package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"argus/internal/installed"
)

// mostCallers is how many call at the same time at most.
const mostCallers = 64

// system is one way from a client to the echo server: all of its processes, and the clients that use it.
type system struct {
	name    string
	process *installed.Process
	pids    []int
	callers []*caller
	serial  uint64  // of the next call
	made    []calls // in order
	argus   *argus  // nil for one without
}

// connect opens a session for each caller. More processes than there are then are not expected to come.
func (s *system) connect(token string) error {
	for range mostCallers {
		c := newCaller(s.process.URL, token)
		if err := c.open(); err != nil {
			return fmt.Errorf("%s: open a session: %w", s.name, err)
		}
		s.callers = append(s.callers, c)
	}
	s.serial = 1
	var err error
	s.pids, err = family(s.process.PID())
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
	pids, err := family(s.process.PID())
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
	return s.process.Stop()
}

// openSystems starts all. On an error those that run are ended.
func openSystems(ctx context.Context, o options, folder string) ([]*system, error) {
	systems, err := openPlain(o, folder)
	if err != nil {
		return nil, err
	}
	for _, a := range installations(o, folder) {
		p, err := a.start(ctx)
		if err != nil {
			return nil, errors.Join(err, closeAll(systems))
		}
		s := &system{name: a.name(), process: p, argus: a}
		systems = append(systems, s)
		if err := s.connect(a.token); err != nil {
			return nil, errors.Join(err, closeAll(systems))
		}
	}
	return systems, nil
}

// installations are those of Argus that are measured.
func installations(o options, folder string) []*argus {
	var as []*argus
	for _, policies := range policyCounts {
		as = append(as, &argus{
			Argus: installed.Argus{Programs: folder, Folder: filepath.Join(folder, fmt.Sprintf("p%d", policies))},
			echo:  filepath.Join(folder, "echo"), policies: policies, serve: o.instead(),
		})
	}
	if o.beside != "" {
		other := *as[0]
		other.Folder, other.Programs, other.beside = filepath.Join(folder, "other"), o.beside, true
		as = append(as, &other)
	}
	return as
}

// openPlain starts the two that Argus is compared with.
func openPlain(o options, folder string) ([]*system, error) {
	echo := filepath.Join(folder, "echo")
	gateway := []string{filepath.Join(folder, "passthrough")}
	if o.alter {
		gateway = append(gateway, "--alter")
	}
	var systems []*system
	for _, one := range []struct {
		name    string
		command []string
	}{
		{direct, []string{echo, "--http", "127.0.0.1:0"}},
		{passThrough, append(gateway, "--", echo)},
	} {
		p, err := installed.Serve(filepath.Join(folder, one.name+".log"), one.command...)
		if err != nil {
			return nil, errors.Join(err, closeAll(systems))
		}
		s := &system{name: one.name, process: p}
		systems = append(systems, s)
		if err := s.connect(""); err != nil {
			return nil, errors.Join(err, closeAll(systems))
		}
	}
	return systems, nil
}

func closeAll(systems []*system) error {
	var errs []error
	for _, s := range systems {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}
