package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Stage is where one story plays. What it does not let happen is a fault of the record, and ends the story.
type Stage struct {
	ctx    context.Context
	home   home
	world  world
	url    string         // of the daemon
	agent  string         // program of the clients
	tokens string         // folder of the agents' tokens
	direct func(a *Actor) // connects an actor to the servers without Argus, instead
	record *record

	outside *collector

	calls   int
	actors  int
	clients []*client
}

// end ends the clients that the story started.
func (s *Stage) end() {
	for _, c := range s.clients {
		c.end()
	}
}

func (s *Stage) fault(format string, args ...any) {
	if !s.over() {
		s.record.faults = append(s.record.faults, fmt.Sprintf(format, args...))
	}
}

// over tells whether something went wrong before, so that nothing that follows would be the story.
func (s *Stage) over() bool { return len(s.record.faults) > 0 }

func (s *Stage) observe(what string, holds bool) {
	s.record.observed = append(s.record.observed, observation{what, holds})
}

// Silence observes that nothing at all reaches the world outside until the function is called that it returns.
func (s *Stage) Silence() (until func()) {
	before := s.outside.total()
	return func() { s.observe("the world outside received nothing", s.outside.total() == before) }
}

// hear keeps what a client was told of a refusal.
func (s *Stage) hear(a Answer) {
	if told, is := a.refusal(); is {
		s.record.refusals = append(s.record.refusals, told)
	}
}

// Agent makes an agent with one context, all capabilities and a client that is connected.
func (s *Stage) Agent() *Actor { return s.Principal("sticky") }

// Parent makes an agent whose client keeps declared contexts apart. Without names of tools it may call all.
func (s *Stage) Parent(tools ...string) *Actor { return s.Principal("declared", tools...) }

// Principal makes an agent with the capabilities for some tools, or for all.
func (s *Stage) Principal(context string, tools ...string) *Actor {
	s.actors++
	a := &Actor{stage: s, principal: s.record.story.Name + "-" + strconv.Itoa(s.actors)}
	a.tokenFile = filepath.Join(s.tokens, a.principal)
	if s.direct == nil && !s.over() {
		args := []string{"agent", "new", a.principal, "--context", context, "--token-file", a.tokenFile, "--config", s.home.config()}
		for _, tool := range tools {
			args = append(args, "--capability", capability(tool))
		}
		if _, err := s.home.run(s.ctx, args...); err != nil {
			s.fault("%v", err)
		}
	}
	s.Restart(a)
	return a
}

// Restart gives an agent a new client process, with the same token, and connects it.
func (s *Stage) Restart(a *Actor) {
	if s.over() {
		return
	}
	if a.client != nil {
		a.client.end()
	}
	started, err := startClient(s.ctx, s.agent)
	if err != nil {
		s.fault("%v", err)
		return
	}
	a.client = started
	s.clients = append(s.clients, started)
	s.Connect(a)
}

// Connect initializes a session, ending the one that was.
func (s *Stage) Connect(a *Actor) {
	if s.direct != nil {
		s.direct(a)
		return
	}
	s.connect(a, step{URL: s.url, TokenFile: a.tokenFile})
}

func (s *Stage) connect(a *Actor, to step) {
	to.Do = "connect"
	if answer := s.answer(a.client, s.tell(a.client, to)); !answer.OK() {
		s.fault("a client could not connect: %s", answer.Failure)
	}
}

// Fresh gives an agent a clean context, as only a person can.
func (s *Stage) Fresh(a *Actor) {
	if s.over() {
		return
	}
	if _, err := s.home.run(s.ctx, "agent", "fresh", a.principal, "--config", s.home.config()); err != nil {
		s.fault("%v", err)
	}
}

func (s *Stage) tell(c *client, next step) <-chan Answer {
	if s.over() {
		return nil
	}
	answer, err := c.tell(next)
	if err != nil {
		s.fault("%v", err)
	}
	return answer
}

func (s *Stage) answer(c *client, from <-chan Answer) Answer {
	if s.over() {
		return Answer{}
	}
	answer, err := c.await(s.ctx, from)
	if err != nil {
		s.fault("%v", err)
	}
	return answer
}

// awaitLog waits until a server has written that it accepted a call.
func (s *Stage) awaitLog(c call) {
	if s.over() || s.direct != nil {
		return
	}
	err := until(s.ctx, "a server to begin "+c.String(), func() (bool, error) {
		var seen Evidence
		err := s.readLogs(&seen)
		return seen.saw(c), err
	})
	if err != nil {
		s.fault("%v", err)
	}
}

func (s *Stage) readLogs(e *Evidence) error {
	for _, server := range servers {
		if err := e.add(server.name, s.home.log(server.name)); err != nil {
			return err
		}
	}
	return nil
}

// EditRegistry changes a file of the registry, as an editor would, and waits until the daemon has taken it up or declined it. The caller
// must call the function that puts the file back.
func (s *Stage) EditRegistry(name string, edit func(string) string) (restore func()) {
	file := s.home.registry(name)
	before, err := os.ReadFile(file)
	if err != nil {
		s.fault("read the registry: %v", err)
	}
	if s.over() {
		return func() {}
	}
	s.writeRegistry(file, edit(string(before)), true)
	return func() { s.writeRegistry(file, string(before), false) }
}

// writeRegistry replaces a file as a whole, and waits until the daemon has a problem with it, or none.
func (s *Stage) writeRegistry(file, text string, problem bool) {
	err := os.WriteFile(file+".new", []byte(text), 0o600)
	if err == nil {
		err = os.Rename(file+".new", file)
	}
	if err == nil {
		err = until(s.ctx, "the daemon to read the registry again", func() (bool, error) {
			status, err := s.home.status(s.ctx)
			return len(status.Problems) > 0 == problem, err
		})
	}
	if err != nil {
		s.fault("%v", err)
	}
}
