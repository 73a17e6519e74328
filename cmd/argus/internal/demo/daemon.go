package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const startPatience = 30 * time.Second

// daemon is a running argus serve.
type daemon struct {
	url   string // for agents
	cmd   *exec.Cmd
	log   *os.File
	ended chan error // told once
}

// serve starts the daemon and waits until agents can connect. The caller must stop it.
func (h home) serve(ctx context.Context, log string) (*daemon, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the daemon's log: %w", err)
	}
	// Not of ctx: stop ends it, after the last story was cut short.
	cmd := h.command(context.WithoutCancel(ctx), h.plugins("serve", "--config", h.config())...)
	cmd.Stderr = file
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the daemon: %w", err), file.Close())
	}
	d := &daemon{cmd: cmd, log: file, ended: make(chan error, 1)}
	told := make(chan string, 1)
	go func() { d.ended <- d.attend(out, told) }()
	if err := d.await(ctx, told); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// attend reads the one line that tells the address, and waits for the end.
func (d *daemon) attend(out io.Reader, told chan<- string) error {
	line, _ := bufio.NewReader(out).ReadString('\n') // no line at all is the end, which Wait explains
	told <- line
	return d.cmd.Wait()
}

func (d *daemon) await(ctx context.Context, told <-chan string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	select {
	case line := <-told:
		i := strings.Index(line, "http://")
		if i < 0 {
			return fmt.Errorf("the daemon did not start:\n%s", d.lastWords())
		}
		d.url = strings.TrimSpace(line[i:])
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the daemon: %w\n%s", ctx.Err(), d.lastWords())
	}
}

// stop ends the daemon and everything that it runs. It may be called twice.
func (d *daemon) stop() error {
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself, which Wait tells
	over := time.AfterFunc(stopPatience, func() { _ = d.cmd.Process.Kill() })
	defer over.Stop()
	err := <-d.ended
	d.ended <- nil
	if err != nil {
		err = fmt.Errorf("the daemon ended badly: %w\n%s", err, d.lastWords())
	}
	return err
}

const lastWords = 2 << 10

// lastWords is the end of the daemon's log.
func (d *daemon) lastWords() string {
	info, err := d.log.Stat()
	if err != nil {
		return ""
	}
	from := max(0, info.Size()-lastWords)
	text, err := io.ReadAll(io.NewSectionReader(d.log, from, lastWords))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
