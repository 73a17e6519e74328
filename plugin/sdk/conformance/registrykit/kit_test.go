package registrykit_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/planted"
	"argus/plugin/sdk/conformance/registrykit"
	"argus/plugin/sdk/sdktest"
	registryv1 "argus/proto/argus/registry/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clerk is a registry in memory that speaks for itself on the wire, and has at most one defect.
type clerk struct {
	registryv1.UnimplementedRegistryServer
	defect string

	mu      sync.Mutex
	content sdk.Latest[*registryv1.Content]
	watched int
}

func newClerk(defect string) *clerk {
	c := &clerk{defect: defect}
	c.content.Set(&registryv1.Content{
		Revision: "r0", FlowOrigin: origin(),
		Flow: []*registryv1.Cell{{Level: "public", Integrity: "proven", Sink: "ipc", Mode: "allow", Origin: origin()}},
		Entries: []*registryv1.Entry{{
			Server: "mail", Channel: registryv1.Channel_CHANNEL_TOOL, Tool: "read", Digest: "sha256:" + strings.Repeat("0", 64),
			Level: "internal", Integrity: "untrusted", Issuer: "me", Origin: origin(),
		}},
	})
	return c
}

func origin() *registryv1.Origin { return &registryv1.Origin{File: "memory", Line: 1} }

func (c *clerk) service() sdk.Service {
	return sdk.Service{
		Kind: sdk.KindRegistry, Info: sdk.Info{Name: "clerk", Version: "1"},
		Configure: func(context.Context, sdk.Settings) []sdk.Problem { return nil },
		Register:  func(s *grpc.Server) { registryv1.RegisterRegistryServer(s, c) },
	}
}

func (c *clerk) Watch(_ *registryv1.WatchRequest, stream grpc.ServerStreamingServer[registryv1.Content]) error {
	first := c.nobodyWatched()
	for {
		content, changed := c.content.Get()
		if err := stream.Send(c.shown(content)); err != nil {
			return err
		}
		if c.defect == "REG-01" {
			return nil
		}
		if c.defect == "REG-03 tells the first" && !first {
			changed = nil
		}
		select {
		case <-changed:
		case <-stream.Context().Done():
			return nil
		}
	}
}

// nobodyWatched reports whether nobody was told anything yet.
func (c *clerk) nobodyWatched() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.watched == 0
}

// shown is where a defect shows in the content.
func (c *clerk) shown(content *registryv1.Content) *registryv1.Content {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watched++
	content = proto.CloneOf(content)
	switch {
	case c.defect == "REG-02":
		content.Entries[0].Level = "secret"
	case c.defect == "REG-03 tells one nothing" && c.watched == 8:
		content.Entries = nil
	}
	return content
}

// change puts changed content in force.
func (c *clerk) change(edit func(*registryv1.Content)) {
	before, _ := c.content.Get()
	next := proto.CloneOf(before)
	edit(next)
	next.Revision += "+"
	c.content.Set(next)
}

var proper = regexp.MustCompile(`^[a-z0-9-]+$`)

func (c *clerk) Pin(_ context.Context, r *registryv1.PinRequest) (*registryv1.PinReply, error) {
	if c.defect == "unwritable" {
		return nil, status.Error(codes.Unimplemented, "it is only read")
	}
	if c.defect != "REG-09" && improper(r) {
		return nil, status.Error(codes.InvalidArgument, "no")
	}
	reply := &registryv1.PinReply{File: "memory"}
	for _, t := range r.GetTools() {
		c.enter(reply, &registryv1.Entry{
			Server: r.GetServer(), Channel: registryv1.Channel_CHANNEL_TOOL, Tool: t.GetName(), Digest: t.GetDigest(),
			Level: "restricted", Integrity: "untrusted", Sinks: t.GetSinks(), Issuer: "me", Origin: origin(),
		})
	}
	if r.GetInstructions() != "" && c.defect != "REG-08" {
		c.enter(reply, &registryv1.Entry{
			Server: r.GetServer(), Channel: registryv1.Channel_CHANNEL_INSTRUCTIONS, Digest: r.GetInstructions(), Issuer: "me", Origin: origin(),
		})
	}
	return reply, nil
}

func improper(r *registryv1.PinRequest) bool {
	bad := !proper.MatchString(r.GetServer()) || len(r.GetTools()) == 0 && r.GetInstructions() == ""
	for _, t := range r.GetTools() {
		bad = bad || t.GetName() == "" || len(t.GetDigest()) != 71
	}
	return bad
}

func (c *clerk) enter(reply *registryv1.PinReply, e *registryv1.Entry) {
	now, _ := c.content.Get()
	at := slices.IndexFunc(now.GetEntries(), func(o *registryv1.Entry) bool {
		return o.GetServer() == e.GetServer() && o.GetTool() == e.GetTool() && o.GetChannel() == e.GetChannel()
	})
	switch {
	case at < 0:
		reply.Added++
		if c.defect == "REG-05" {
			e.Integrity = "verified"
		}
		if c.defect == "REG-04" && e.GetTool() != "" {
			reply.Added++
		}
		c.change(func(n *registryv1.Content) { n.Entries = append(n.Entries, e) })
	case now.GetEntries()[at].GetDigest() == e.GetDigest():
		if c.defect == "REG-06" {
			reply.Changed++
		}
	default:
		reply.Changed++
		c.change(func(n *registryv1.Content) {
			n.Entries[at].Digest = e.GetDigest()
			if c.defect == "REG-07" {
				n.Entries[0].Sinks = []string{"ipc"}
			}
		})
	}
}

func subject(defect string) sdktest.Subject {
	var latest *clerk
	return sdktest.Subject{
		New: func(testing.TB) sdk.Service { latest = newClerk(defect); return latest.service() },
		Change: func() error {
			if defect != "REG-10" {
				latest.change(func(c *registryv1.Content) { c.Capabilities = append(c.Capabilities, "telepathy") })
			}
			return nil
		},
	}
}

func play(t *testing.T, defect string) []conformance.Result {
	return sdktest.Results(t, registrykit.Kit(), subject(defect))
}

func TestARegistryConforms(t *testing.T) { sdktest.Conform(t, registrykit.Kit(), subject("")) }

func TestEachDefectFailsItsRequirement(t *testing.T) {
	planted.Each(t, planted.Own(registrykit.Kit()), []string{
		"REG-01", "REG-02", "REG-03 tells one nothing", "REG-03 tells the first", "REG-04", "REG-05", "REG-06", "REG-07", "REG-08", "REG-09", "REG-10",
	}, play)
}

func TestARegistryNeedNotWrite(t *testing.T) {
	by := planted.Outcomes(play(t, "unwritable"))
	want := []string{"REG-04", "REG-05", "REG-06", "REG-07", "REG-08", "REG-09"}
	if len(by[conformance.Fail]) > 0 || !slices.Equal(by[conformance.Unclaimed], want) {
		t.Error(by)
	}
}
