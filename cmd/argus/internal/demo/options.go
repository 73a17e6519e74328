package demo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"argus/cmd/argus/internal/show"
)

// Options say with what to play.
type Options struct {
	Program   string // argus, absolute
	PluginDir string // absolute; empty: where argus looks by itself
	Examples  string // absolute: folder of the programs stub and scripted

	Dir  string // to make and use; empty: a temporary one
	Keep bool   // leave the folder behind

	Out   io.Writer
	Paint show.Painter
	Live  bool // Out is a terminal on which a line can be written over
}

func (o Options) stub() string  { return filepath.Join(o.Examples, "stub") }
func (o Options) agent() string { return filepath.Join(o.Examples, "scripted") }

func (o Options) check() error {
	for _, program := range []string{o.stub(), o.agent()} {
		if info, err := os.Stat(program); err != nil || !info.Mode().IsRegular() {
			return fmt.Errorf("there is no program %s: make demo builds what the demo plays with", program)
		}
	}
	return nil
}

// folder makes the folder, and gives the function that removes it.
func (o Options) folder() (dir string, remove func() error, err error) {
	if o.Dir == "" {
		dir, err = os.MkdirTemp("", "argus-demo-")
	} else if dir, err = filepath.Abs(o.Dir); err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	switch {
	case errors.Is(err, os.ErrExist):
		return "", nil, fmt.Errorf("%s is there already: name a folder that the demo can make", dir)
	case err != nil:
		return "", nil, fmt.Errorf("make the demo's folder: %w", err)
	}
	// The real path: a sandbox opens no path that leads through a link.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", nil, fmt.Errorf("make the demo's folder: %w", err)
	}
	if o.Keep {
		return dir, func() error { return nil }, nil
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}
