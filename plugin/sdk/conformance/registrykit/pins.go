package registrykit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	registryv1 "argus/proto/argus/registry/v1"
)

const toolName = "send"

func tool(definition string) *registryv1.PinTool {
	return &registryv1.PinTool{Name: toolName, Digest: digest(definition), Summary: "Send something", Sinks: []string{"network_external"}}
}

func addsEntry(ctx context.Context, s *shelf) error {
	before := s.now.GetRevision()
	reply, err := s.pinTool(ctx, tool("first"))
	if err != nil {
		return err
	}
	switch {
	case reply.GetAdded() != 1 || reply.GetChanged() != 0 || reply.GetFile() == "":
		return fmt.Errorf("it says that it added %d and changed %d entries, in the file %q", reply.GetAdded(), reply.GetChanged(), sdk.Clip(reply.GetFile(), 200))
	case s.now.GetRevision() == before:
		return errors.New("the revision is that of before the pin")
	}
	return nil
}

func addsStrictly(ctx context.Context, s *shelf) error {
	if _, err := s.pinTool(ctx, tool("first")); err != nil {
		return err
	}
	e := s.entry(s.now, toolName)
	switch {
	case e.GetLevel() != "restricted" || e.GetIntegrity() != "untrusted":
		return fmt.Errorf("the label of a new entry is %q, %q", sdk.Clip(e.GetLevel(), 64), sdk.Clip(e.GetIntegrity(), 64))
	case e.GetEndorsed():
		return errors.New("a new entry is endorsed")
	case e.GetAlias() != "":
		return errors.New("a new entry has an alias")
	case e.GetStores() != nil:
		return errors.New("a new entry states its stores, which nobody has said")
	case !slices.Contains(e.GetSinks(), "network_external"):
		return errors.New("a new entry does not have the sink that its server's confinement makes possible")
	}
	return nil
}

func changesNothing(ctx context.Context, s *shelf) error {
	if _, err := s.pinTool(ctx, tool("first")); err != nil {
		return err
	}
	before := s.now
	reply, err := s.pinTool(ctx, tool("first"))
	if err != nil {
		return err
	}
	if reply.GetAdded() != 0 || reply.GetChanged() != 0 {
		return fmt.Errorf("pinned again, it says that it added %d and changed %d entries", reply.GetAdded(), reply.GetChanged())
	}
	return s.stays(ctx, before)
}

// stays looks whether somebody who comes now is told the content of before.
func (s *shelf) stays(ctx context.Context, before *registryv1.Content) error {
	time.Sleep(aWhile)
	now, err := s.another(ctx)
	if err != nil {
		return err
	}
	defer now.Close()
	if !proto.Equal(before, now.now) {
		return errors.New("the content has changed")
	}
	return nil
}

func changesDigest(ctx context.Context, s *shelf) error {
	if _, err := s.pinTool(ctx, tool("first")); err != nil {
		return err
	}
	want := withoutOrigins(s.now)
	reply, err := s.pinTool(ctx, tool("second"))
	if err != nil {
		return err
	}
	if reply.GetAdded() != 0 || reply.GetChanged() != 1 {
		return fmt.Errorf("it says that it added %d and changed %d entries", reply.GetAdded(), reply.GetChanged())
	}
	s.entry(want, toolName).Digest = digest("second")
	want.Revision = s.now.GetRevision()
	if !proto.Equal(want, withoutOrigins(s.now)) {
		return errors.New("more has changed than the digest")
	}
	return nil
}

// withoutOrigins is c without the places where it was written, which a new digest may move.
func withoutOrigins(c *registryv1.Content) *registryv1.Content {
	c = proto.CloneOf(c)
	c.FlowOrigin = nil
	for _, cell := range c.GetFlow() {
		cell.Origin = nil
	}
	for _, e := range c.GetEntries() {
		e.Origin = nil
	}
	for _, e := range c.GetEndorsements() {
		e.Origin = nil
	}
	return c
}

func pinsInstructions(ctx context.Context, s *shelf) error {
	for i, text := range []string{"be kind", "be quick"} {
		reply, err := s.pin(ctx, &registryv1.PinRequest{Instructions: digest(text)})
		if err != nil {
			return err
		}
		if reply.GetAdded() != uint32(1-i) || reply.GetChanged() != uint32(i) {
			return fmt.Errorf("it says that it added %d and changed %d entries", reply.GetAdded(), reply.GetChanged())
		}
		if err := s.awaitDigest("", digest(text)); err != nil {
			return err
		}
	}
	return nil
}

// refusesImproper asks for what the host would never ask for.
func refusesImproper(ctx context.Context, s *shelf) error {
	for says, r := range map[string]*registryv1.PinRequest{
		"a server with a path for its name": {Server: "../" + s.server, Tools: []*registryv1.PinTool{tool("first")}},
		"a server without a name":           {Tools: []*registryv1.PinTool{tool("first")}},
		"no tool":                           {Server: s.server},
		"a tool without a name":             {Server: s.server, Tools: []*registryv1.PinTool{{Digest: digest("first")}}},
		"half a digest":                     {Server: s.server, Tools: []*registryv1.PinTool{{Name: toolName, Digest: digest("first")[:40]}}},
	} {
		reply, err := s.ask(ctx, r)
		if not := (*conformance.NotClaimed)(nil); errors.As(err, &not) {
			return err
		}
		if err == nil && len(reply.GetProblems()) == 0 {
			return fmt.Errorf("a pin of %s is not refused", says)
		}
		if err := s.stays(ctx, s.now); err != nil {
			return fmt.Errorf("after a pin of %s was refused: %w", says, err)
		}
	}
	return nil
}
