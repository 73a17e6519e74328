package sandbox

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sandbox/report"
	"argus/plugin/sdk/sdktest"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// author is a Sandbox made of functions.
type author struct {
	layers []Layer
	plan   func(Request) (Plan, error)
}

func (author) Configure(context.Context, sdk.Settings) []sdk.Problem { return nil }
func (a author) Survey(context.Context) []Layer                      { return a.layers }
func (a author) Plan(_ context.Context, r Request) (Plan, error)     { return a.plan(r) }

func serve(t *testing.T, a author) *Client {
	t.Helper()
	return NewClient(sdktest.Start(t, Service(sdk.Info{Name: "test", Version: "1"}, a), "{}"))
}

func kindOf(err error) sdk.FailureKind {
	var f *sdk.Failure
	if !errors.As(err, &f) {
		return "none"
	}
	return f.Kind
}

func request() Request {
	return Request{
		Server: "files", Command: "/usr/bin/server", Folder: "/srv",
		Profile: Profile{
			Read: []string{"/usr"}, Write: []string{"/srv/data"}, Scratch: "/run/scratch", MaxProcesses: 8, MaxMemory: 1 << 30,
		},
	}
}

func goodPlan(p Profile) Plan {
	return Plan{
		Helper: "argus-landlock-helper", HelperSHA256: strings.Repeat("ab", 32), Arguments: []string{"--read", "/usr", "--"},
		ReportDescriptor: 3, LifelineDescriptor: 4, Protections: Baseline(p),
	}
}

func TestPlanArrivesWhole(t *testing.T) {
	var got Request
	c := serve(t, author{plan: func(r Request) (Plan, error) { got = r; return goodPlan(r.Profile), nil }})
	plan, err := c.Plan(t.Context(), request(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, request()) {
		t.Errorf("the author got %+v", got)
	}
	want := goodPlan(request().Profile)
	slices.Sort(want.Protections)
	if !reflect.DeepEqual(plan, want) {
		t.Errorf("plan = %+v, want %+v", plan, want)
	}
}

func TestPlanThatPromisesLessThanRequiredIsAFault(t *testing.T) {
	for _, network := range []bool{false, true} {
		r := request()
		r.Profile.Network = network
		for i, missing := range Baseline(r.Profile) {
			c := serve(t, author{plan: func(r Request) (Plan, error) {
				plan := goodPlan(r.Profile)
				plan.Protections = slices.Delete(plan.Protections, i, i+1)
				return plan, nil
			}})
			if _, err := c.Plan(t.Context(), r, nil); kindOf(err) != sdk.Broken || !strings.Contains(err.Error(), string(missing)) {
				t.Errorf("without %s: %v", missing, err)
			}
			if _, err := c.Plan(t.Context(), r, []Protection{}); err != nil {
				t.Errorf("control: a host that requires nothing got %v", err)
			}
		}
	}
}

func TestBaselineLeavesOutTheNetworkAlone(t *testing.T) {
	closed, open := Baseline(Profile{}), Baseline(Profile{Network: true})
	if len(closed) != len(report.All()) || len(open) != len(closed)-1 || slices.Contains(open, report.Network) {
		t.Fatalf("closed %v, open %v", closed, open)
	}
}

func TestEveryProtectionHasItsOwnPlaceOnTheWire(t *testing.T) {
	seen := map[sandboxv1.Protection]bool{}
	for _, p := range report.All() {
		w := protectionsToWire[p]
		if w == sandboxv1.Protection_PROTECTION_UNSPECIFIED || seen[w] {
			t.Errorf("%s is %s on the wire", p, w)
		}
		seen[w] = true
	}
	if len(seen) != len(sandboxv1.Protection_name)-1 {
		t.Errorf("%d protections for %d values on the wire", len(seen), len(sandboxv1.Protection_name)-1)
	}
}

func TestWhatIsMissingIsTold(t *testing.T) {
	c := serve(t, author{plan: func(Request) (Plan, error) { return Plan{}, &Missing{What: "landlock; boot with lsm=landlock"} }})
	_, err := c.Plan(t.Context(), request(), nil)
	var missing *Missing
	if !errors.As(err, &missing) || missing.What != "landlock; boot with lsm=landlock" || kindOf(err) != sdk.Invalid {
		t.Fatalf("err = %v", err)
	}
	c = serve(t, author{plan: func(Request) (Plan, error) { return Plan{}, errors.New("disk on fire") }})
	if _, err := c.Plan(t.Context(), request(), nil); kindOf(err) != sdk.Broken {
		t.Fatalf("err = %v", err)
	}
	c = serve(t, author{plan: func(Request) (Plan, error) { panic("secret") }})
	if _, err := c.Plan(t.Context(), request(), nil); kindOf(err) != sdk.Broken || strings.Contains(err.Error(), "secret") {
		t.Fatalf("err = %v", err)
	}
}

func TestRequestThatCanNotBeAskedIsInvalid(t *testing.T) {
	c := serve(t, author{plan: func(r Request) (Plan, error) { return goodPlan(r.Profile), nil }})
	for name, change := range map[string]func(*Request){
		"no server":        func(r *Request) { r.Server = "" },
		"relative command": func(r *Request) { r.Command = "server" },
		"no folder":        func(r *Request) { r.Folder = "" },
		"no scratch":       func(r *Request) { r.Profile.Scratch = "" },
		"relative read":    func(r *Request) { r.Profile.Read = []string{"../etc"} },
		"relative write":   func(r *Request) { r.Profile.Write = []string{""} },
	} {
		r := request()
		change(&r)
		if _, err := c.Plan(t.Context(), r, nil); kindOf(err) != sdk.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// wild puts on the wire whatever it likes.
type wild struct {
	sandboxv1.UnimplementedSandboxServer
	change func(*sandboxv1.PlanReply)
	layers []*sandboxv1.Layer
}

func (w wild) Survey(context.Context, *sandboxv1.SurveyRequest) (*sandboxv1.SurveyReply, error) {
	return &sandboxv1.SurveyReply{Layers: w.layers}, nil
}

func (w wild) Plan(_ context.Context, r *sandboxv1.PlanRequest) (*sandboxv1.PlanReply, error) {
	reply := planToWire(goodPlan(requestFromWire(r).Profile), r.GetNonce())
	w.change(reply)
	return reply, nil
}

func serveWild(t *testing.T, w wild) *Client {
	t.Helper()
	server := grpc.NewServer()
	sandboxv1.RegisterSandboxServer(server, w)
	return NewClient(sdktest.Link(t, sdktest.Dial(t, server)))
}

func TestPlanThatDoesNotHoldIsAFault(t *testing.T) {
	helper := func(name string) func(*sandboxv1.PlanReply) { return func(p *sandboxv1.PlanReply) { p.Helper = name } }
	for name, breach := range map[string]func(*sandboxv1.PlanReply){
		"other nonce":            func(p *sandboxv1.PlanReply) { p.Nonce = make([]byte, 16) },
		"no nonce":               func(p *sandboxv1.PlanReply) { p.Nonce = nil },
		"no helper":              helper(""),
		"absolute helper":        helper("/bin/sh"),
		"helper above":           helper("../sh"),
		"helper ..":              helper(".."),
		"helper below":           helper("a/b"),
		"hidden helper":          helper(".helper"),
		"helper as option":       helper("-c"),
		"helper of two lines":    helper("a\nb"),
		"helper with zero":       helper("a\x00b"),
		"no checksum":            func(p *sandboxv1.PlanReply) { p.HelperSha256 = "" },
		"upper-case checksum":    func(p *sandboxv1.PlanReply) { p.HelperSha256 = strings.Repeat("AB", 32) },
		"prefixed checksum":      func(p *sandboxv1.PlanReply) { p.HelperSha256 = "sha256:" + strings.Repeat("ab", 32) },
		"report on stdout":       func(p *sandboxv1.PlanReply) { p.ReportDescriptor = 1 },
		"lifeline on stdin":      func(p *sandboxv1.PlanReply) { p.LifelineDescriptor = 0 },
		"same descriptor":        func(p *sandboxv1.PlanReply) { p.LifelineDescriptor = p.ReportDescriptor },
		"high descriptor":        func(p *sandboxv1.PlanReply) { p.ReportDescriptor = 1 << 31 },
		"unspecified protection": func(p *sandboxv1.PlanReply) { p.Protections = append(p.Protections, 0) },
		"unknown protection":     func(p *sandboxv1.PlanReply) { p.Protections = append(p.Protections, 99) },
		"repeated protection":    func(p *sandboxv1.PlanReply) { p.Protections = append(p.Protections, p.Protections[0]) },
		"argument with zero":     func(p *sandboxv1.PlanReply) { p.Arguments = []string{"a\x00b"} },
		"unknown field":          func(p *sandboxv1.PlanReply) { sdktest.AddUnknown(p) },
		"argument of no text":    func(p *sandboxv1.PlanReply) { sdktest.AddRaw(p, 4, []byte("\xff\xfe")) },
		"long argument":          func(p *sandboxv1.PlanReply) { p.Arguments = []string{strings.Repeat("x", maxArgument+1)} },
		"many arguments":         func(p *sandboxv1.PlanReply) { p.Arguments = make([]string, maxArguments+1) },
		"much argument": func(p *sandboxv1.PlanReply) {
			p.Arguments = slices.Repeat([]string{strings.Repeat("x", maxArgument)}, 8)
		},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := serveWild(t, wild{change: breach}).Plan(t.Context(), request(), nil)
			if kindOf(err) != sdk.Broken || !reflect.DeepEqual(plan, Plan{}) {
				t.Fatalf("plan = %+v, %v", plan, err)
			}
		})
	}
	if _, err := serveWild(t, wild{change: func(*sandboxv1.PlanReply) {}}).Plan(t.Context(), request(), nil); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestSurveyIsBounded(t *testing.T) {
	newer := &sandboxv1.Layer{Name: "x", Detail: "x"}
	sdktest.AddUnknown(newer)
	layers := []Layer{{"landlock", true, "ABI 7"}, {"seccomp", false, "kernel without it"}}
	if got, err := serve(t, author{layers: layers}).Survey(t.Context()); err != nil || !reflect.DeepEqual(got, layers) {
		t.Errorf("survey = %v, %v", got, err)
	}
	for name, bad := range map[string][]*sandboxv1.Layer{
		"many":      make([]*sandboxv1.Layer, 1000),
		"no name":   {{Detail: "x"}},
		"no detail": {{Name: "x"}},
		"controls":  {{Name: "x\x1b", Detail: "x"}},
		"a field":   {newer},
	} {
		if _, err := serveWild(t, wild{layers: bad}).Survey(t.Context()); kindOf(err) != sdk.Broken {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSandboxThatIsDownIsUnavailable(t *testing.T) {
	c := NewClient(sdk.NewLink("gone", nil))
	if _, err := c.Plan(t.Context(), request(), nil); kindOf(err) != sdk.Unavailable {
		t.Errorf("plan: %v", err)
	}
	if _, err := c.Survey(t.Context()); kindOf(err) != sdk.Unavailable {
		t.Errorf("survey: %v", err)
	}
}
