package registrykit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/registry"
	registryv1 "argus/proto/argus/registry/v1"
)

// Kit is the checks of a registry.
func Kit() conformance.Kit {
	check := conformance.On(open)
	return append(conformance.Common(firstContent),
		check("REG-01", "Watch tells the content as soon as it is asked, with a revision of 1 to 128 printable bytes, and keeps the stream open.", tellsContent).AsFirst(),
		check("REG-02", "The host's reading admits the content: names are in the catalogues, digests whole, lists without doubles.", wellFormed),
		check("REG-03", "Everybody who watches is told the same content under the same revision.", sameForAll),
		check("REG-04", "A pin of a tool without an entry adds one with that digest, which is told to who watches, under another revision.", addsEntry),
		check("REG-05", "A new entry has the strictest values: restricted, untrusted, not endorsed, without alias and stores, and with the sinks proposed.", addsStrictly),
		check("REG-06", "A pin of what is pinned changes nothing, and says so.", changesNothing),
		check("REG-07", "A pin of another digest changes the entry's digest, and nothing else of the content.", changesDigest),
		check("REG-08", "A pin of a server's instructions adds their entry, and one of another text changes its digest.", pinsInstructions),
		check("REG-09", "A pin that names no proper server, tool or digest is refused, and nothing is written.", refusesImproper),
		check("REG-10", "Content that has changed is told to who watches, under another revision.", tellsChange),
	)
}

const (
	tellTime = 15 * time.Second // for content to be told
	aWhile   = 100 * time.Millisecond
)

// firstContent watches for one content.
func firstContent(ctx context.Context, conn grpc.ClientConnInterface) error {
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	stream, err := registryv1.NewRegistryClient(conn).Watch(ctx, &registryv1.WatchRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	return err
}

func tellsContent(_ context.Context, s *shelf) error {
	if err := sdk.CheckText("the revision", s.now.GetRevision(), 1, 128); err != nil {
		return err
	}
	if problems := s.now.GetProblems(); len(problems) > 0 {
		return fmt.Errorf("with these settings the content cannot be used: %v", problems[0].GetMessage())
	}
	select {
	case r := <-s.contents:
		return r.Err
	case <-time.After(aWhile):
		return nil
	}
}

// wellFormed has the host's own facade read the content.
func wellFormed(_ context.Context, s *shelf) error {
	link, reported := conformance.Link(s.conn)
	client := registry.NewClient(link)
	defer client.Close()
	late := time.After(tellTime)
	for {
		content, changed := client.Content()
		if content.Usable() {
			return nil
		}
		if err, _ := reported.Get(); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-late:
			return fmt.Errorf("the host heard no content within %v", tellTime)
		}
	}
}

func sameForAll(ctx context.Context, s *shelf) error {
	var other *shelf
	for range 8 {
		var err error
		if other, err = s.another(ctx); err != nil {
			return err
		}
		defer other.Close()
		if !proto.Equal(s.now, other.now) {
			return fmt.Errorf("two who watch are told different content, under the revisions %q and %q",
				sdk.Clip(s.now.GetRevision(), 128), sdk.Clip(other.now.GetRevision(), 128))
		}
	}
	_, err := s.pinTool(ctx, tool("first"))
	if unwritable := (*conformance.NotClaimed)(nil); errors.As(err, &unwritable) {
		if err = tellsChange(ctx, s); errors.As(err, &unwritable) {
			return nil // it has no other content that could be told
		}
	}
	if err != nil {
		return err
	}
	return other.until("somebody else was told", func(c *registryv1.Content) bool { return proto.Equal(c, s.now) })
}

func tellsChange(ctx context.Context, s *shelf) error {
	if s.plugin.Change == nil {
		return &conformance.NotClaimed{What: "nobody said how the content is changed: --change"}
	}
	before := s.now.GetRevision()
	if err := s.plugin.Change(ctx); err != nil {
		return fmt.Errorf("change the content: %w", err)
	}
	return s.until("the content was changed", func(c *registryv1.Content) bool { return c.GetRevision() != before })
}
