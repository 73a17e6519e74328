package registry

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sdktest"
	registryv1 "argus/proto/argus/registry/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// author is a Registry made of a value and a function.
type author struct {
	content sdk.Latest[Content]
	pin     func(PinRequest) (PinReply, error)
}

func (*author) Configure(context.Context, sdk.Settings) []sdk.Problem { return nil }
func (a *author) Content() (Content, <-chan struct{})                 { return a.content.Get() }
func (a *author) Pin(_ context.Context, r PinRequest) (PinReply, error) {
	return a.pin(r)
}

func serve(t *testing.T, a *author) *Client {
	t.Helper()
	c := NewClient(sdktest.Start(t, Service(sdk.Info{Name: "test", Version: "1"}, a), "{}"))
	t.Cleanup(c.Close)
	return c
}

func kindOf(err error) sdk.FailureKind {
	var f *sdk.Failure
	if !errors.As(err, &f) {
		return "none"
	}
	return f.Kind
}

var digest = "sha256:" + strings.Repeat("0123456789abcdef", 4)

func good() Content {
	at := Origin{File: "mail.toml", Line: 3}
	return Content{
		Revision:     "r1",
		Capabilities: []string{"smart_home"},
		Flow: []Cell{
			{Level: "public", Integrity: "verified", Sink: "network_external", Mode: Allow, Origin: at},
			{Level: "internal", Integrity: "verified", Sink: "network_external", Mode: Inspect, Origin: at},
		},
		FlowOrigin: at,
		Entries: []Entry{
			{
				Server: "mail", Channel: Tool, Tool: "send", Digest: digest, Capabilities: []string{"network_egress", "smart_home"},
				Level: "public", Integrity: "verified", Sinks: []string{"network_external"}, Stores: &Stores{Writes: []string{"outbox"}},
				Alias: "mail_send", Issuer: "me", Origin: at,
			},
			{
				Server: "mail", Channel: Tool, Tool: "Grüße lesen", Digest: digest, Level: "restricted", Integrity: "untrusted",
				Endorsed: true, Stores: &Stores{}, Issuer: "me", Origin: at,
			},
			{Server: "mail", Channel: Resources, Level: "sensitive", Integrity: "observed", Issuer: "me", Origin: at},
			{Server: "mail", Channel: Instructions, Digest: digest, Issuer: "me", Origin: at},
		},
		Endorsements: []Endorsement{{Slot: "mail/send", Origin: at}, {Slot: digest, Origin: at}},
	}
}

func TestContentArrivesWholeAndAfterEachChange(t *testing.T) {
	a := &author{}
	a.content.Set(good())
	c := serve(t, a)
	if got := sdktest.Await(t, c.Content, Content.Usable); !reflect.DeepEqual(got, good()) {
		t.Errorf("content = %+v\nwant %+v", got, good())
	}
	next := good()
	next.Revision = "r2"
	a.content.Set(next)
	sdktest.Await(t, c.Content, func(c Content) bool { return c.Revision == "r2" })
}

func TestContentWithProblemsIsNotUsable(t *testing.T) {
	a := &author{}
	bad := good()
	bad.Problems = []sdk.Problem{{File: "mail.toml", Line: 9, Message: "no such level"}}
	a.content.Set(bad)
	got := sdktest.Await(t, serve(t, a).Content, func(c Content) bool { return c.Revision != "" })
	if got.Usable() || len(got.Entries)+len(got.Flow)+len(got.Endorsements)+len(got.Capabilities) != 0 || len(got.Problems) != 1 {
		t.Errorf("content = %+v", got)
	}
	if (Content{}).Usable() {
		t.Error("the zero content is usable")
	}
}

func TestProblemsHideWhatTheWireCarriesBesideThem(t *testing.T) {
	w := contentToWire(good())
	w.Problems = sdk.ProblemsToWire([]sdk.Problem{{Message: "unsigned"}})
	c, err := contentFromWire(w)
	if err != nil || c.Usable() || len(c.Entries) != 0 || len(c.Flow) != 0 {
		t.Fatalf("content = %+v, %v", c, err)
	}
}

func TestContentThatDoesNotHoldIsRefused(t *testing.T) {
	type content = registryv1.Content
	entry := func(change func(*registryv1.Entry)) func(*content) { return func(c *content) { change(c.Entries[0]) } }
	channel := func(change func(*registryv1.Entry)) func(*content) { return func(c *content) { change(c.Entries[2]) } }
	instructions := func(change func(*registryv1.Entry)) func(*content) {
		return func(c *content) { change(c.Entries[3]) }
	}
	cell := func(change func(*registryv1.Cell)) func(*content) { return func(c *content) { change(c.Flow[0]) } }
	for name, breach := range map[string]func(*content){
		"unknown field":         func(c *content) { sdktest.AddUnknown(c) },
		"entry of more":         entry(func(e *registryv1.Entry) { sdktest.AddUnknown(e) }),
		"stores of more":        entry(func(e *registryv1.Entry) { sdktest.AddUnknown(e.Stores) }),
		"no revision":           func(c *content) { c.Revision = "" },
		"no flow origin":        func(c *content) { c.FlowOrigin = nil },
		"built-in capability":   func(c *content) { c.Capabilities = []string{"ipc"} },
		"capability twice":      func(c *content) { c.Capabilities = []string{"smart_home", "smart_home"} },
		"capability in capital": func(c *content) { c.Capabilities = []string{"smart_home", "Root"} },
		"many capabilities":     func(c *content) { c.Capabilities = make([]string, 10000) },
		"empty problem":         func(c *content) { c.Problems = append(c.Problems, nil) },

		"cell of unknown level":     cell(func(c *registryv1.Cell) { c.Level = "secret" }),
		"cell of capital level":     cell(func(c *registryv1.Cell) { c.Level = "Public" }),
		"cell without level":        cell(func(c *registryv1.Cell) { c.Level = "" }),
		"cell of unknown integrity": cell(func(c *registryv1.Cell) { c.Integrity = "good" }),
		"cell of unknown sink":      cell(func(c *registryv1.Cell) { c.Sink = "network" }),
		"cell of mode deny":         cell(func(c *registryv1.Cell) { c.Mode = "deny" }),
		"cell without mode":         cell(func(c *registryv1.Cell) { c.Mode = "" }),
		"cell without origin":       cell(func(c *registryv1.Cell) { c.Origin = nil }),
		"cell without line":         cell(func(c *registryv1.Cell) { c.Origin.Line = 0 }),
		"two modes for one place": func(c *content) {
			twice := proto.CloneOf(c.Flow[1])
			twice.Mode = "allow"
			c.Flow = append(c.Flow, twice)
		},

		"no server":               entry(func(e *registryv1.Entry) { e.Server = "" }),
		"server with slash":       entry(func(e *registryv1.Entry) { e.Server = "a/b" }),
		"server with dots":        entry(func(e *registryv1.Entry) { e.Server = ".." }),
		"unspecified channel":     entry(func(e *registryv1.Entry) { e.Channel = 0 }),
		"unknown channel":         entry(func(e *registryv1.Entry) { e.Channel = 11 }),
		"no tool":                 entry(func(e *registryv1.Entry) { e.Tool = "" }),
		"hidden letters":          entry(func(e *registryv1.Entry) { e.Tool = "send\u202e" }),
		"no digest":               entry(func(e *registryv1.Entry) { e.Digest = "" }),
		"bare digest":             entry(func(e *registryv1.Entry) { e.Digest = strings.TrimPrefix(digest, "sha256:") }),
		"short digest":            entry(func(e *registryv1.Entry) { e.Digest = digest[:70] }),
		"capital digest":          entry(func(e *registryv1.Entry) { e.Digest = "sha256:" + strings.ToUpper(digest[7:]) }),
		"unknown capability":      entry(func(e *registryv1.Entry) { e.Capabilities = []string{"fly"} }),
		"required twice":          entry(func(e *registryv1.Entry) { e.Capabilities = []string{"ipc", "ipc"} }),
		"unknown level":           entry(func(e *registryv1.Entry) { e.Level = "low" }),
		"no level":                entry(func(e *registryv1.Entry) { e.Level = "" }),
		"unknown integrity":       entry(func(e *registryv1.Entry) { e.Integrity = "high" }),
		"unknown sink":            entry(func(e *registryv1.Entry) { e.Sinks = []string{"moon"} }),
		"sink twice":              entry(func(e *registryv1.Entry) { e.Sinks = []string{"ipc", "ipc"} }),
		"store twice":             entry(func(e *registryv1.Entry) { e.Stores.Reads = []string{"a", "a"} }),
		"store without name":      entry(func(e *registryv1.Entry) { e.Stores.Reads = []string{""} }),
		"many stores":             entry(func(e *registryv1.Entry) { e.Stores.Writes = make([]string, 1000) }),
		"alias with space":        entry(func(e *registryv1.Entry) { e.Alias = "send mail" }),
		"long alias":              entry(func(e *registryv1.Entry) { e.Alias = strings.Repeat("x", 129) }),
		"no issuer":               entry(func(e *registryv1.Entry) { e.Issuer = "" }),
		"no origin":               entry(func(e *registryv1.Entry) { e.Origin = nil }),
		"channel with a tool":     channel(func(e *registryv1.Entry) { e.Tool = "send" }),
		"channel with a digest":   channel(func(e *registryv1.Entry) { e.Digest = digest }),
		"channel that endorses":   channel(func(e *registryv1.Entry) { e.Endorsed = true }),
		"channel with an alias":   channel(func(e *registryv1.Entry) { e.Alias = "send" }),
		"channel without level":   channel(func(e *registryv1.Entry) { e.Level = "" }),
		"text without digest":     instructions(func(e *registryv1.Entry) { e.Digest = "" }),
		"text with a level":       instructions(func(e *registryv1.Entry) { e.Level = "public" }),
		"text with an integrity":  instructions(func(e *registryv1.Entry) { e.Integrity = "proven" }),
		"text that needs":         instructions(func(e *registryv1.Entry) { e.Capabilities = []string{"ipc"} }),
		"text with a sink":        instructions(func(e *registryv1.Entry) { e.Sinks = []string{"ipc"} }),
		"text with stores":        instructions(func(e *registryv1.Entry) { e.Stores = &registryv1.Stores{} }),
		"text with a tool":        instructions(func(e *registryv1.Entry) { e.Tool = "send" }),
		"text with an alias":      instructions(func(e *registryv1.Entry) { e.Alias = "send" }),
		"text that endorses":      instructions(func(e *registryv1.Entry) { e.Endorsed = true }),
		"two entries for one":     func(c *content) { c.Entries[1].Tool = c.Entries[0].Tool },
		"two tools for one alias": func(c *content) { c.Entries[1].Alias = c.Entries[0].Alias },
		"empty entry":             func(c *content) { c.Entries = append(c.Entries, nil) },
		"many entries":            func(c *content) { c.Entries = make([]*registryv1.Entry, maxEntries+1) },

		"slot without server": func(c *content) { c.Endorsements[0].Slot = "/send" },
		"slot without tool":   func(c *content) { c.Endorsements[0].Slot = "mail/" },
		"slot of one word":    func(c *content) { c.Endorsements[0].Slot = "mail" },
		"slot of half digest": func(c *content) { c.Endorsements[0].Slot = "sha256:00" },
		"many endorsements":   func(c *content) { c.Endorsements = make([]*registryv1.Endorsement, maxEndorsements+1) },
	} {
		w := contentToWire(good())
		breach(w)
		if c, err := contentFromWire(w); err == nil {
			t.Errorf("%s: admitted as %+v", name, c)
		}
	}
	if _, err := contentFromWire(contentToWire(good())); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestEveryChannelCrossesTheWire finds one that was added on one side only.
func TestEveryChannelCrossesTheWire(t *testing.T) {
	if len(channelNames) != len(registryv1.Channel_name)-1 {
		t.Errorf("%d channels, and %d on the wire", len(channelNames), len(registryv1.Channel_name)-1)
	}
	for channel, name := range channelNames {
		wire := channelsToWire[channel]
		if back, known := channelFromWire(wire); !known || back != channel || wire.String() != "CHANNEL_"+strings.ToUpper(name) {
			t.Errorf("%s is %s on the wire, and %s after it", channel, wire, back)
		}
	}
	if _, known := channelFromWire(channelsToWire[0]); known {
		t.Error("the zero channel is one")
	}
}

// wild streams whatever it is given.
type wild struct {
	registryv1.UnimplementedRegistryServer
	next chan *registryv1.Content
}

func (w *wild) Watch(_ *registryv1.WatchRequest, s grpc.ServerStreamingServer[registryv1.Content]) error {
	for {
		select {
		case c := <-w.next:
			if c == nil {
				return errors.New("the stream broke")
			}
			if err := s.Send(c); err != nil {
				return err
			}
		case <-s.Context().Done():
			return nil
		}
	}
}

func TestContentThatBreaksTheContractBecomesAProblem(t *testing.T) {
	w := &wild{next: make(chan *registryv1.Content)}
	server := grpc.NewServer()
	registryv1.RegisterRegistryServer(server, w)
	c := NewClient(sdktest.Link(t, sdktest.Dial(t, server)))
	t.Cleanup(c.Close)

	w.next <- contentToWire(good())
	sdktest.Await(t, c.Content, Content.Usable)
	bad := contentToWire(good())
	bad.Flow[0].Mode = "please"
	w.next <- bad
	if got := sdktest.Await(t, c.Content, func(c Content) bool { return !c.Usable() }); len(got.Problems) != 1 || len(got.Entries) != 0 {
		t.Errorf("content = %+v", got)
	}
	noText := contentToWire(good())
	sdktest.AddRaw(noText, 3, []byte("\xff\xfe"))
	w.next <- noText // breaks the stream, which is opened again
	w.next <- nil    // and so does this
	w.next <- contentToWire(good())
	sdktest.Await(t, c.Content, Content.Usable)
}

// TestARegistryThatOnlyReadsIsNotPinned: whoever asks hears whose work it is.
func TestARegistryThatOnlyReadsIsNotPinned(t *testing.T) {
	c := NewClient(sdktest.Start(t, Service(sdk.Info{Name: "test", Version: "1"}, struct{ Registry }{&author{}}), "{}"))
	t.Cleanup(c.Close)
	_, err := c.Pin(t.Context(), PinRequest{Server: "mail", Instructions: digest})
	if kindOf(err) != sdk.Invalid || !errors.Is(err, ErrReadOnly) {
		t.Errorf("%v", err)
	}
}

func TestPinIsCheckedOnBothWays(t *testing.T) {
	var got PinRequest
	reply := PinReply{File: "mail.toml", Changed: 1}
	c := serve(t, &author{pin: func(r PinRequest) (PinReply, error) { got = r; return reply, nil }})
	request := func() PinRequest {
		return PinRequest{Server: "mail", Tools: []PinTool{{Name: "send", Digest: digest, Summary: "one\n[evil]\x1b two", Sinks: []string{"ipc"}}}}
	}
	out, err := c.Pin(t.Context(), request())
	if err != nil || !reflect.DeepEqual(out, reply) {
		t.Fatalf("reply = %+v, %v", out, err)
	}
	if got.Tools[0].Summary != "one [evil]? two" || got.Tools[0].Digest != digest || got.Tools[0].Sinks[0] != "ipc" {
		t.Errorf("the author got %+v", got)
	}
	text := PinRequest{Server: "mail", Instructions: digest}
	if _, err := c.Pin(t.Context(), text); err != nil || !reflect.DeepEqual(got, text) {
		t.Errorf("of a pin of instructions alone the author got %+v, %v", got, err)
	}
	for name, change := range map[string]func(*PinRequest){
		"nothing":      func(r *PinRequest) { r.Tools = nil },
		"bad text":     func(r *PinRequest) { r.Instructions = "sha256:" },
		"no server":    func(r *PinRequest) { r.Server = "" },
		"path":         func(r *PinRequest) { r.Server = "../../etc" },
		"no name":      func(r *PinRequest) { r.Tools[0].Name = "" },
		"two lines":    func(r *PinRequest) { r.Tools[0].Name = "a\nb" },
		"bad digest":   func(r *PinRequest) { r.Tools[0].Digest = "sha256:" },
		"unknown sink": func(r *PinRequest) { r.Tools[0].Sinks = []string{"x"} },
	} {
		r := request()
		change(&r)
		if _, err := c.Pin(t.Context(), r); kindOf(err) != sdk.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	reply.Added = 1
	if _, err := c.Pin(t.Context(), request()); kindOf(err) != sdk.Broken {
		t.Errorf("a reply of two entries to a pin of one: %v", err)
	}
	both := request()
	both.Instructions = digest
	if _, err := c.Pin(t.Context(), both); err != nil {
		t.Errorf("control: %v", err)
	}
	reply.Added, reply.File = 0, ""
	if _, err := c.Pin(t.Context(), request()); kindOf(err) != sdk.Broken {
		t.Errorf("a reply without a file: %v", err)
	}
	reply.Problems = []sdk.Problem{{Message: "read-only"}}
	if out, err := c.Pin(t.Context(), request()); err != nil || len(out.Problems) != 1 {
		t.Errorf("a reply with problems: %+v, %v", out, err)
	}
}

// TestContentOfTheLargestListsIsReadInTime: a registry may send such content again and again.
func TestContentOfTheLargestListsIsReadInTime(t *testing.T) {
	w := contentToWire(good())
	w.Capabilities = nil
	for n := range maxCapabilities {
		w.Capabilities = append(w.Capabilities, fmt.Sprintf("a%d", n))
	}
	all := slices.Clone(w.Capabilities)
	slices.Reverse(all)
	w.Entries = nil
	for n := range 400 { // a tenth of what fits
		e := entryToWire(good().Entries[0])
		e.Tool, e.Alias, e.Capabilities = fmt.Sprint("tool", n), "", all
		w.Entries = append(w.Entries, e)
	}
	if size := proto.Size(w); size > maxContent {
		t.Fatalf("%d bytes are never received", size)
	}
	began := time.Now()
	if _, err := contentFromWire(w); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
