// Package profile is what the sandbox plugin says to its helper: what the server may do, as one argument of the command line.
//
// It decides whether a profile is well formed. It trusts nothing in it: the sizes are bounded, every path is absolute and clean,
// an unknown member is an error. It never looks at the machine.
package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"argus/plugin/sdk/sandbox/report"
)

// Profile is what one server may do. Nothing is allowed that is not listed.
type Profile struct {
	Read         []string `json:"read,omitempty"`  // real paths, files or folders: read and execute
	Write        []string `json:"write,omitempty"` // real paths, files or folders: read, write and create, not execute
	Scratch      string   `json:"scratch"`         // real path of the server's own folder: read, write and create, not execute
	Network      bool     `json:"network,omitempty"`
	MaxProcesses uint64   `json:"max_processes,omitempty"` // 0: DefaultProcesses
	MaxMemory    uint64   `json:"max_memory,omitempty"`    // bytes of address space of each process; 0: no limit
}

// DefaultProcesses is how many processes a server may have at once when its profile does not say.
const DefaultProcesses = 64

const (
	maxPaths     = 256
	maxPath      = 4095
	maxEncoded   = 16 << 10 // what the contract lets one argument be
	maxProcesses = 1 << 15
)

// Processes is how many processes the server may have at once.
func (p Profile) Processes() int {
	if p.MaxProcesses == 0 {
		return DefaultProcesses
	}
	return int(p.MaxProcesses)
}

// Promised is what a server with this profile gets: the whole catalogue, but Network when the profile grants the network.
func (p Profile) Promised() []report.Protection {
	return slices.DeleteFunc(report.All(), func(x report.Protection) bool { return p.Network && x == report.Network })
}

// Paths lists every path that the profile opens, the scratch folder last.
func (p Profile) Paths() []string {
	return slices.Concat(p.Read, p.Writable())
}

// Writable lists where the server may write, the scratch folder last.
func (p Profile) Writable() []string {
	return append(slices.Clone(p.Write), p.Scratch)
}

// Encode is p as one command line argument. Its error tells which rule of the format p breaks.
func (p Profile) Encode() (string, error) {
	if err := p.Check(); err != nil {
		return "", err
	}
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encode the profile: %w", err)
	}
	if len(b) > maxEncoded {
		return "", fmt.Errorf("the profile is longer than %d bytes; list folders instead of single files", maxEncoded)
	}
	return string(b), nil
}

// Decode reads what Encode wrote.
func Decode(text string) (Profile, error) {
	if len(text) > maxEncoded {
		return Profile{}, fmt.Errorf("the profile is longer than %d bytes", maxEncoded)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	var p Profile
	if err := d.Decode(&p); err != nil {
		return Profile{}, fmt.Errorf("read the profile: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Profile{}, errors.New("read the profile: more than one JSON value")
	}
	return p, p.Check()
}

// Check tells which rule of the format p breaks first, or nil.
func (p Profile) Check() error {
	if len(p.Read)+len(p.Write) > maxPaths {
		return fmt.Errorf("the profile lists more than %d paths; list folders instead of single files", maxPaths)
	}
	if p.MaxProcesses > maxProcesses {
		return fmt.Errorf("max_processes is over %d", maxProcesses)
	}
	for _, path := range p.Paths() {
		if err := checkPath(path); err != nil {
			return err
		}
	}
	for _, path := range p.Writable() {
		if within(path, "/proc") || within(path, "/sys") {
			return fmt.Errorf("%q cannot be listed for writing: the kernel's own settings are there", path)
		}
	}
	return nil
}

func checkPath(path string) error {
	switch {
	case path == "":
		return errors.New("an empty path in the profile")
	case len(path) > maxPath:
		return fmt.Errorf("a path of the profile is longer than %d bytes", maxPath)
	case strings.ContainsRune(path, 0):
		return errors.New("a path of the profile holds a zero byte")
	case !filepath.IsAbs(path) || filepath.Clean(path) != path:
		return fmt.Errorf("%q in the profile must be an absolute path without . or ..", path)
	case path == "/":
		return errors.New("the root folder cannot be listed; list the folders the server needs")
	}
	return nil
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
