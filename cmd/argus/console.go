package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"argus/cmd/argus/internal/show"
)

// console is where a command talks with a person or a program.
type console struct {
	in, out, err *os.File
	paint        show.Painter
	lost         error // of the first text that could not be printed
}

func newConsole(in, out, err *os.File) *console {
	return &console{in: in, out: out, err: err, paint: show.For(out)}
}

// printf prints for a person. What is lost so makes the command fail in the end.
func (c *console) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(c.out, format, args...); err != nil && c.lost == nil {
		c.lost = err
	}
}

// tell says something to the person that no program reads.
func (c *console) tell(format string, args ...any) { fmt.Fprintf(c.err, format, args...) }

func (c *console) table(t *show.Table) error { return t.Write(c.out, c.paint) }

// document prints one JSON document.
func (c *console) document(v any) error {
	text, err := show.Document(v)
	if err == nil {
		_, err = c.out.Write(text)
	}
	return err
}

// line prints one of many JSON documents, on a line of its own.
func (c *console) line(v any) error {
	text, err := show.Line(v)
	if err == nil {
		_, err = c.out.Write(text)
	}
	return err
}

// interactive tells whether a person sits before it.
func (c *console) interactive() bool { return term.IsTerminal(int(c.in.Fd())) }

// agree asks for a yes. Anything else is a no.
func (c *console) agree(question string) (bool, error) {
	c.tell("%s [y/N] ", question)
	line, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil && line == "" {
		return false, fmt.Errorf("ask: %w", err)
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes", nil
}

// hiddenLine reads a line from the terminal without showing it. A person who interrupts gets the terminal back as it was.
func (c *console) hiddenLine(prompt string) (string, error) {
	fd := int(c.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", errors.New("there is no terminal to ask on")
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupted)
	read := make(chan struct{})
	defer close(read)
	go func() {
		select {
		case <-interrupted:
			_ = term.Restore(fd, before)
			os.Exit(exitError)
		case <-read:
		}
	}()
	c.tell("%s: ", prompt)
	line, err := term.ReadPassword(fd)
	c.tell("\n")
	return string(line), err
}
