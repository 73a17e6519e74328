package sandboxkit

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"google.golang.org/grpc"

	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/sandbox"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

// mostProcesses is what the profile of a stage allows, and tooMany what is tried; mostMemory and tooMuch the same of bytes.
const (
	mostProcesses = 16
	tooMany       = "40"
	mostMemory    = 4 << 30
	tooMuch       = "8589934592"
)

// stage is a plugin with the folders and sockets that a probe is let loose on.
type stage struct {
	conn         grpc.ClientConnInterface
	pluginFolder string
	probe        []string // the program that is run as a probe, and its first arguments
	base         string
	request      sandbox.Request
	doors        doors
}

// newStage makes the folders scratch, read, write and outside, each with a file. The caller must close it.
func newStage(_ context.Context, p *conformance.Plugin, conn grpc.ClientConnInterface) (s *stage, err error) {
	base, err := os.MkdirTemp("", "argus-")
	if err != nil {
		return nil, err
	}
	s = &stage{conn: conn, pluginFolder: p.Settings.PluginFolder, probe: p.Probe, base: base}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.base, err = filepath.EvalSymlinks(base); err != nil {
		return s, err
	}
	for _, folder := range []string{"scratch", "read", "write", "outside"} {
		err := errors.Join(os.Mkdir(s.path(folder), 0o700), os.WriteFile(s.path(folder, "file"), []byte("content"), 0o600))
		if err != nil {
			return s, err
		}
	}
	if s.doors, err = openDoors(s.path("write")); err != nil {
		return s, err
	}
	s.request = sandbox.Request{
		Server: "conformance", Command: "/bin/sh", Folder: s.path("scratch"),
		Profile: sandbox.Profile{
			Read: append(libraries(), s.path("read")), Write: []string{s.path("write")}, Scratch: s.path("scratch"), MaxProcesses: mostProcesses,
		},
	}
	if len(s.probe) > 0 {
		s.request.Command = s.probe[0]
		s.request.Profile.Read = append(s.request.Profile.Read, s.probe[0])
	}
	return s, nil
}

// libraries are the folders without which no program starts that is not static.
func libraries() []string {
	var there []string
	for _, folder := range []string{"/usr", "/lib", "/lib64"} {
		if _, err := os.Stat(folder); err == nil {
			there = append(there, folder)
		}
	}
	return there
}

func (s *stage) path(parts ...string) string {
	return filepath.Join(append([]string{s.base}, parts...)...)
}

// Close closes the sockets and removes the folders.
func (s *stage) Close() error { return errors.Join(s.doors.close(), os.RemoveAll(s.base)) }

// plan asks for the plan of the request. What this machine cannot enforce is not claimed.
func (s *stage) plan(ctx context.Context, require []sandbox.Protection) (sandbox.Plan, error) {
	link, _ := conformance.Link(s.conn)
	plan, err := sandbox.NewClient(link).Plan(ctx, s.request, require)
	if missing := (*sandbox.Missing)(nil); errors.As(err, &missing) {
		return plan, &conformance.NotClaimed{What: missing.What}
	}
	return plan, err
}

func (s *stage) wire(nonce []byte) *sandboxv1.PlanRequest {
	p := s.request.Profile
	return &sandboxv1.PlanRequest{
		Nonce: nonce, Server: s.request.Server, Command: s.request.Command, Folder: s.request.Folder,
		Profile: &sandboxv1.Profile{Read: p.Read, Write: p.Write, Scratch: p.Scratch, MaxProcesses: p.MaxProcesses},
	}
}
