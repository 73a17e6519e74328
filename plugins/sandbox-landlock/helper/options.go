//go:build linux

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"argus/plugins/sandbox-landlock/internal/profile"
)

// stageWord as the first argument makes this the confined stage. A server that starts the helper with it only confines itself
// further.
const stageWord = "confined-stage"

// options is the command line.
type options struct {
	stage            bool
	text             string // the profile as it came
	profile          profile.Profile
	report, lifeline int
	argv             []string
}

func parse(args []string) (options, error) {
	var o options
	if len(args) > 0 && args[0] == stageWord {
		o.stage, args = true, args[1:]
	}
	for len(args) > 0 && args[0] != "--" {
		if len(args) < 2 {
			return options{}, fmt.Errorf("option %s has no value", args[0])
		}
		if err := o.set(args[0], args[1]); err != nil {
			return options{}, err
		}
		args = args[2:]
	}
	if len(args) < 2 || !filepath.IsAbs(args[1]) {
		return options{}, errors.New("after -- comes the absolute path of the program to run")
	}
	o.argv = args[1:]
	return o, o.complete()
}

func (o *options) set(name, value string) (err error) {
	switch name {
	case "--profile":
		o.text = value
		o.profile, err = profile.Decode(value)
	case "--report-fd":
		o.report, err = descriptor(name, value)
	case "--lifeline-fd":
		o.lifeline, err = descriptor(name, value)
	default:
		err = fmt.Errorf("unknown option %s", name)
	}
	return err
}

func descriptor(name, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 3 || n > 1<<16 {
		return 0, fmt.Errorf("%s must be a descriptor, 3 or more", name)
	}
	return n, nil
}

func (o *options) complete() error {
	switch {
	case o.text == "":
		return errors.New("--profile is required")
	case o.stage:
		return nil
	case o.report == 0 || o.lifeline == 0:
		return errors.New("--report-fd and --lifeline-fd are required")
	case o.report == o.lifeline:
		return errors.New("--report-fd and --lifeline-fd must differ")
	}
	return nil
}

func (o *options) stageArguments() []string {
	return append([]string{stageWord, "--profile", o.text, "--"}, o.argv...)
}
