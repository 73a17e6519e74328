package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"argus/host/child"
)

// process is one run of a plugin. It is go-plugin's runner, so go-plugin decides when it starts and is waited for, and it is
// ours, so that we decide how: with nothing inherited, in a group of its own, from the verified image.
type process struct {
	name    string
	sockets string // the folder in which its socket must lie
	cmd     *exec.Cmd
	starter *child.Starter

	raw struct{ stdout, stderr *os.File } // our ends of its pipes
	cut struct{ stdout, stderr io.ReadCloser }

	logger  hclog.Logger
	words   lastWords
	killed  atomic.Bool     // by us, while it ran
	abandon <-chan struct{} // closed when nobody waits for its start any more
	kept    chan struct{}   // closed when its start has succeeded

	mu     sync.Mutex
	child  *child.Process // nil until started
	exited chan struct{}
}

// drainWithin is how long output that is still in the pipes may take to be read after the end of the process.
const drainWithin = 200 * time.Millisecond

// endWithin is how long a process that has closed its standard output may take to end, to be one that ended by itself.
const endWithin = 2 * time.Second

// newProcess is not started yet. It is killed when abandon is closed before keep was called.
func newProcess(p *supervised, env []string, sockets string, abandon <-chan struct{}) *process {
	return &process{
		name:    p.spec.Name,
		sockets: sockets,
		starter: p.starter,
		logger:  p.logger,
		abandon: abandon,
		kept:    make(chan struct{}),
		exited:  make(chan struct{}),
		cmd: &exec.Cmd{
			Path:  p.image.Path(),
			Args:  []string{p.spec.Binary},
			Env:   append([]string{}, env...), // never nil, which would mean ours
			Dir:   "/",
			Stdin: nil, // /dev/null
		},
	}
}

// Start starts the process and the goroutines that own its pipes and its end.
func (p *process) Start(context.Context) error {
	stdout, err := p.pipe(&p.raw.stdout)
	if err != nil {
		return err
	}
	defer stdout.Close()
	stderr, err := p.pipe(&p.raw.stderr)
	if err != nil {
		p.raw.stdout.Close()
		return err
	}
	defer stderr.Close()
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr

	p.mu.Lock()
	p.child, err = p.starter.Start(p.cmd, unix.SIGKILL)
	p.mu.Unlock()
	if err != nil {
		p.raw.stdout.Close()
		p.raw.stderr.Close()
		return fmt.Errorf("execute %s: %w", p.name, err)
	}
	p.cut.stdout = cutHandshake(p.raw.stdout, p.logger.Named("stdout"), &p.words)
	p.cut.stderr = cutLog(p.raw.stderr, p.logger.Named("stderr"), &p.words)
	go p.drain()
	go p.abandoned()
	return nil
}

// keep tells that the process is no longer killed when its start is abandoned. It is called once.
func (p *process) keep() { close(p.kept) }

func (p *process) abandoned() {
	select {
	case <-p.abandon:
		p.kill()
	case <-p.kept:
	case <-p.exited:
	}
}

// started reports whether there ever was a process.
func (p *process) started() bool { return p.present() != nil }

func (p *process) pipe(ours **os.File) (theirs *os.File, err error) {
	*ours, theirs, err = os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	return theirs, nil
}

// drain waits for the end and bounds how long the output that is left may take to be read.
func (p *process) drain() {
	<-p.child.Ended()
	// A child in a group of its own may hold the pipes open for good.
	late := time.Now().Add(drainWithin)
	_ = p.raw.stdout.SetReadDeadline(late)
	_ = p.raw.stderr.SetReadDeadline(late)
	close(p.exited)
}

// present is nil before the start.
func (p *process) present() *child.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child
}

// kill ends the whole group at once. It may be called at any time and often.
func (p *process) kill() {
	if c := p.present(); c != nil {
		if c.State() == nil {
			p.killed.Store(true)
		}
		c.Kill()
	}
}

// pid is the process's number, or 0 when it does not run.
func (p *process) pid() int {
	if c := p.present(); c != nil && c.State() == nil {
		return c.PID()
	}
	return 0
}

// Wait is for go-plugin.
func (p *process) Wait(context.Context) error {
	<-p.exited
	if state := p.child.State(); !state.Success() {
		return &exec.ExitError{ProcessState: state}
	}
	return nil
}

// Kill is for go-plugin.
func (p *process) Kill(context.Context) error {
	p.kill()
	return nil
}

// Stdout holds the one line of the handshake.
func (p *process) Stdout() io.ReadCloser { return p.cut.stdout }

// Stderr holds the log, bounded.
func (p *process) Stderr() io.ReadCloser { return p.cut.stderr }

// Name is for go-plugin's log.
func (p *process) Name() string { return p.name }

// ID is for go-plugin, which takes an empty one for a process that never was.
func (p *process) ID() string {
	if c := p.present(); c != nil {
		return strconv.Itoa(c.PID())
	}
	return ""
}

// Diagnose is asked when standard output ended without a handshake, before go-plugin kills the process. It waits for one that is about to
// end by itself; explain tells what came of it.
func (p *process) Diagnose(context.Context) string {
	select {
	case <-p.exited:
	case <-time.After(endWithin):
	}
	return ""
}

// explain is why the start failed with err, as far as the plugin's output tells. It is called after the start.
func (p *process) explain(err error) error {
	if !p.started() {
		return err
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.words.reading.Wait()
	}()
	select {
	case <-read:
	case <-time.After(2 * drainWithin):
	}
	if p.killed.Load() {
		return p.words.explain(err, nil)
	}
	return p.words.explain(err, p.child.State())
}

// PluginToHost admits a socket in the folder that was made for this run and nothing else: the plugin says where we connect.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != filepath.Clean(p.sockets) {
		return "", "", errors.New("the plugin wants to be reached outside the folder of its socket")
	}
	return network, address, nil
}

// HostToPlugin is for go-plugin's broker, which no kind of ours uses.
func (p *process) HostToPlugin(string, string) (string, string, error) {
	return "", "", errors.New("plugins do not connect to the host")
}
