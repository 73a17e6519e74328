//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"argus/plugin/sdk/sandbox"
	"argus/plugins/sandbox-landlock/internal/machine"
	"argus/plugins/sandbox-landlock/internal/profile"
)

// Where the helper finds its two descriptors.
const (
	reportDescriptor   = 3
	lifelineDescriptor = 4
)

// Plan promises all that the profile asks for, or tells what is missing. Every path is resolved here, once: the helper refuses a
// path that leads through a symbolic link by then.
func (p *plugin) Plan(_ context.Context, r sandbox.Request) (sandbox.Plan, error) {
	if l, missing := machine.Missing(); missing {
		return sandbox.Plan{}, missingf("%s: %s", l.Name, l.Detail)
	}
	if err := checkProgram(r.Command, r.Folder); err != nil {
		return sandbox.Plan{}, err
	}
	resolved, err := resolve(r.Profile)
	if err != nil {
		return sandbox.Plan{}, err
	}
	text, err := resolved.Encode()
	if err != nil {
		return sandbox.Plan{}, missingf("%v", err)
	}
	sum, err := trustedHelper(p.folder, p.pinned)
	if err != nil {
		return sandbox.Plan{}, err
	}
	return sandbox.Plan{
		Helper:       helper,
		HelperSHA256: sum,
		Arguments: []string{
			"--profile", text,
			"--report-fd", strconv.Itoa(reportDescriptor),
			"--lifeline-fd", strconv.Itoa(lifelineDescriptor),
			"--",
		},
		ReportDescriptor:   reportDescriptor,
		LifelineDescriptor: lifelineDescriptor,
		Protections:        resolved.Promised(),
	}, nil
}

func missingf(format string, args ...any) error {
	return &sandbox.Missing{What: fmt.Sprintf(format, args...)}
}

func checkProgram(command, folder string) error {
	if info, err := os.Stat(command); err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return missingf("the command %q is not a program here; install it or name its absolute path", command)
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return missingf("the working folder %q is not a folder here; create it", folder)
	}
	return nil
}

func resolve(p sandbox.Profile) (profile.Profile, error) {
	read, err := resolveAll(p.Read)
	if err != nil {
		return profile.Profile{}, err
	}
	write, err := resolveAll(p.Write)
	if err != nil {
		return profile.Profile{}, err
	}
	scratch, err := resolveOne(p.Scratch)
	if err != nil {
		return profile.Profile{}, err
	}
	return profile.Profile{
		Read: read, Write: write, Scratch: scratch,
		Network: p.Network, MaxProcesses: p.MaxProcesses, MaxMemory: p.MaxMemory,
	}, nil
}

func resolveAll(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		actual, err := resolveOne(path)
		if err != nil {
			return nil, err
		}
		all = append(all, actual)
	}
	return all, nil
}

func resolveOne(path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", missingf("%q in the profile is not an absolute path", path)
	}
	actual, err := filepath.EvalSymlinks(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", missingf("%q in the profile does not exist; create it or take it off the list", path)
	case err != nil:
		return "", missingf("%q in the profile cannot be reached: %v", path, err)
	}
	return actual, nil
}
