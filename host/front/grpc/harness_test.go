package grpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/mediate"
	"argus/host/mediate/mediatetest"
	"argus/host/socket"
	"argus/host/turns"
	"argus/host/upstream"
	"argus/internal/authority"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
	agentv1 "argus/proto/argus/agent/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// requests are how many one principal may have open.
const requests = 64

const ratings = `{"type":"object","properties":{"rating":{"enum":["good","bad"]}},"required":["rating"],"additionalProperties":false}`

// idleServers are never called: whoever uses this service runs its tools itself.
type idleServers struct{ t *testing.T }

func (s idleServers) Ready(string) error { return nil }

func (s idleServers) Call(context.Context, upstream.Request) (upstream.Reply, error) {
	s.t.Error("a server was called")
	return upstream.Reply{}, nil
}

// stockOf has read-db (sensitive), send (external) and rate (internal, endorsed).
func stockOf(t *testing.T) *inventory.Inventory {
	t.Helper()
	server := inventory.Server{Name: "s", Prefix: "s"}
	src := inventory.Source{OraclePolicy: "policy"}
	for _, d := range []struct{ name, level, sink, output string }{
		{"read-db", "sensitive", "", ""}, {"send", "public", "network_external", ""}, {"rate", "internal", "", ratings},
	} {
		raw := fmt.Sprintf(`{"name":%q,"inputSchema":{"type":"object","properties":{"n":{"type":"integer"}}}`, d.name)
		entry := registry.Entry{
			Server: "s", Channel: registry.Tool, Tool: d.name, Level: d.level, Integrity: "verified", Endorsed: d.output != "",
			Stores: &registry.Stores{}, Issuer: "local",
		}
		if d.output != "" {
			raw += `,"outputSchema":` + d.output
		}
		if d.sink != "" {
			entry.Sinks = []string{d.sink}
		}
		def := ijson.MustParse(raw + "}")
		entry.Digest = ijson.Digest(def)
		server.Tools = append(server.Tools, inventory.Definition{Name: d.name, Digest: entry.Digest, Raw: def})
		src.Content.Entries = append(src.Content.Entries, entry)
	}
	src.Content.Entries = append(src.Content.Entries, registry.Entry{
		Server: "s", Channel: registry.Progress, Level: "public", Integrity: "verified", Stores: &registry.Stores{}, Issuer: "local",
	})
	for _, integrity := range []string{"untrusted", "observed", "verified", "proven"} {
		src.Content.Flow = append(src.Content.Flow, registry.Cell{Level: "public", Integrity: integrity, Sink: "network_external", Mode: registry.Allow})
	}
	src.Servers = []inventory.Server{server}
	built, problems := inventory.Build(src)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return built
}

// rig is a door on a real mediator, ledger and socket.
type rig struct {
	t        *testing.T
	mediator *mediate.Mediator
	key      identity.OperatorKey
	front    *Front
	client   *grpc.ClientConn
	over     wire
}

// wire is how clients reach a door.
type wire struct {
	network, address string
	transport        credentials.TransportCredentials
}

func open(t *testing.T) *rig { return openWith(t, func(*Options) {}) }

func openWith(t *testing.T, set func(*Options)) *rig {
	t.Helper()
	dir := t.TempDir()
	stock := mediatetest.Stock{Now: stockOf(t)}
	r := &rig{t: t, over: wire{"unix", filepath.Join(dir, "door", SocketName), insecure.NewCredentials()}}
	r.mediator = mediatetest.New(t, mediate.Parts{
		Oracle: mediatetest.Permissive{}, Servers: idleServers{t}, Stock: stock,
		Sources:   map[string]kernel.Exposure{"mailbox": {Level: kernel.Sensitive, Integrity: kernel.Untrusted}},
		Upstreams: map[string]kernel.Sink{"vendor": kernel.NetworkExternal},
	})
	mediatetest.Adopt(t, r.mediator, stock.Now)
	var err error
	if r.key, err = identity.NewOperatorKey(); err != nil {
		t.Fatal(err)
	}
	gate, err := identity.NewOperatorGate(r.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Mediator: r.mediator, Gate: gate, Turns: turns.New(requests), MaxRequestBytes: 1 << 20, Logger: hclog.NewNullLogger()}
	set(&o)
	r.front = New(o)
	at, err := socket.Listen(filepath.Join(dir, "door"), SocketName)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- r.front.Serve(at) }()
	r.client = r.dial()
	t.Cleanup(func() {
		_ = r.client.Close()
		r.front.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) dial(more ...grpc.DialOption) *grpc.ClientConn {
	r.t.Helper()
	over := r.over
	c, err := grpc.NewClient("passthrough:///127.0.0.1", append([]grpc.DialOption{
		grpc.WithTransportCredentials(over.transport),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return over.connect(ctx) }),
	}, more...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// connect opens a connection on which nothing was said yet.
// connect waits where a socket takes nobody more for a moment: it says so at once, where an address lets one wait.
func (w wire) connect(ctx context.Context) (net.Conn, error) {
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, w.network, w.address)
		if !errors.Is(err, syscall.EAGAIN) {
			return c, err
		}
		runtime.Gosched()
	}
}

// atEachDoor runs a test at the socket, and at an address with TLS.
func atEachDoor(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("socket", func(t *testing.T) { test(t, open(t)) })
	t.Run("TLS", func(t *testing.T) {
		r := openTLS(t, newAuthority(t), false)
		_ = r.client.Close()
		r.client = r.dial()
		test(t, r)
	})
}

// openTLS opens a door at an address too, which the rig's next clients use, of whom each may have to have a certificate.
func openTLS(t *testing.T, ours *authority.Authority, mutual bool) *rig {
	t.Helper()
	r := openWith(t, func(o *Options) {
		o.TLS = &tls.Config{Certificates: []tls.Certificate{certify(t, ours)}, MinVersion: tls.VersionTLS13}
		if mutual {
			o.TLS.ClientCAs, o.TLS.ClientAuth = ours.Pool(), tls.RequireAndVerifyClientCert
		}
	})
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- r.front.ServeTLS(at) }()
	t.Cleanup(func() {
		r.front.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	r.over = wire{"tcp", at.Addr().String(), credentials.NewTLS(&tls.Config{RootCAs: ours.Pool()})}
	return r
}

// agent is a client that acts for one principal.
type agent struct {
	agentv1.KernelClient
	r   *rig
	ctx context.Context
}

func (r *rig) agent(name string, mode identity.Mode) agent {
	r.t.Helper()
	token, _, err := r.mediator.NewAgent(r.t.Context(), identity.Principal{Name: name, Mode: mode, Bits: 20})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.as(token)
}

func (r *rig) as(token identity.Token) agent {
	ctx := metadata.AppendToOutgoingContext(r.t.Context(), "authorization", "Bearer "+string(token))
	return agent{agentv1.NewKernelClient(r.client), r, ctx}
}

// register lets every tool be called, as the host does at its start.
func (r *rig) register() {
	r.t.Helper()
	mediatetest.Register(r.t, r.mediator, r.mediator.Inventory())
}

// signed is an act as the operator key signs it, for a nonce of the daemon's.
func (a agent) signed(act *agentv1.Act) *agentv1.SignedAct {
	a.r.t.Helper()
	c, err := a.Challenge(a.ctx, &agentv1.ChallengeRequest{})
	if err != nil {
		a.r.t.Fatal(err)
	}
	act.Nonce = c.GetNonce()
	text, err := proto.Marshal(act)
	if err != nil {
		a.r.t.Fatal(err)
	}
	return &agentv1.SignedAct{Act: text, Signature: a.r.key.Sign(text)}
}

// done fails the test unless a request was accepted.
func (a agent) done(got *agentv1.Accepted, err error) *agentv1.Accepted {
	a.r.t.Helper()
	if err != nil {
		a.r.t.Fatal(err)
	}
	if got.GetSequence() == 0 || got.GetEvent().GetTheory() == "" || got.GetEvent().GetWhat() == nil {
		a.r.t.Fatalf("an answer without an event: %v", got)
	}
	return got
}

// refusedBy fails the test unless err is a refusal by this rule.
func (a agent) refusedBy(err error, code codes.Code, rule string) *agentv1.Refusal {
	a.r.t.Helper()
	s := status.Convert(err)
	for _, d := range s.Details() {
		if r, is := d.(*agentv1.Refusal); is && s.Code() == code && r.GetRule() == rule {
			return r
		}
	}
	a.r.t.Fatalf("wanted a refusal by %s as %s, got %v %v", rule, code, err, s.Details())
	return nil
}

func (a agent) child(q *agentv1.DelegateRequest) string {
	a.r.t.Helper()
	return a.done(a.Delegate(a.ctx, q)).GetEvent().GetDelegated().GetChild().GetContext()
}

func (a agent) snapshot() []*agentv1.AgentState {
	a.r.t.Helper()
	s, err := a.Snapshot(a.ctx, &agentv1.SnapshotRequest{PageSize: mostPage})
	if err != nil {
		a.r.t.Fatal(err)
	}
	return s.GetAgents()
}

// level is what a context has met.
func (a agent) level(context string) string {
	a.r.t.Helper()
	for _, s := range a.snapshot() {
		if s.GetAgent().GetContext() == context {
			return s.GetExposure().GetLevel()
		}
	}
	a.r.t.Fatalf("there is no context %q", context)
	return ""
}
