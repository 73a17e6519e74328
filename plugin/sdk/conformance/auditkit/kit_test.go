package auditkit_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
	"argus/plugin/sdk/audit"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/auditkit"
	"argus/plugin/sdk/conformance/planted"
	"argus/plugin/sdk/sdktest"
	auditv1 "argus/proto/argus/audit/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is what a sink has kept, over its ends.
type shelf struct {
	mu    sync.Mutex
	found []*auditv1.Found
	texts []string // of found, in lower case
	kept  auditv1.KeptReply
}

// told is what it says that it has kept. The caller holds mu.
func (s *shelf) told() *auditv1.KeptReply { return proto.CloneOf(&s.kept) }

// keeper is a sink in memory that speaks for itself on the wire, and has at most one defect.
type keeper struct {
	auditv1.UnimplementedAuditServer
	defect string
	asking atomic.Int64
	*shelf
}

func (k *keeper) service() sdk.Service {
	return sdk.Service{
		Kind: sdk.KindAudit, Info: sdk.Info{Name: "keeper", Version: "1"},
		Configure: func(context.Context, sdk.Settings) []sdk.Problem { return nil },
		Register:  func(s *grpc.Server) { auditv1.RegisterAuditServer(s, k) },
	}
}

func (k *keeper) Kept(context.Context, *auditv1.KeptRequest) (*auditv1.KeptReply, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.told(), nil
}

func (k *keeper) improper(e *auditv1.Event) bool {
	refused := e.GetWhat() == audit.Refused
	return e.GetTimeUnixNano() == 0 && k.defect != "AUD-05 takes it" || e.GetWhat() == "" || refused != (e.GetSequence() == 0) || refused != (e.GetReference() != "") ||
		!refused && len(e.GetChain()) != len(audit.Chain{})
}

// rises reports whether the steps among events do.
func rises(after uint64, events []*auditv1.Event) bool {
	for _, e := range events {
		if e.GetWhat() == audit.Refused {
			continue
		}
		if e.GetSequence() <= after {
			return false
		}
		after = e.GetSequence()
	}
	return true
}

// follows reports whether events come after the last step that was kept.
func (k *keeper) follows(r *auditv1.AppendRequest) bool {
	return (k.defect == "AUD-03" || r.GetAfterSequence() == k.kept.GetSequence()) &&
		(k.defect == "AUD-11 takes it" || k.defect == "AUD-03" && r.GetAfterSequence() != k.kept.GetSequence() || bytes.Equal(r.GetAfterChain(), k.kept.GetChain()))
}

func (k *keeper) Append(_ context.Context, r *auditv1.AppendRequest) (*auditv1.AppendReply, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if slices.ContainsFunc(r.GetEvents(), k.improper) || !rises(r.GetAfterSequence(), r.GetEvents()) {
		if k.defect == "AUD-05 keeps the first" {
			k.stray(r.GetEvents()[0])
		}
		return nil, status.Error(codes.InvalidArgument, "no")
	}
	if !k.follows(r) {
		if k.defect == "AUD-11 keeps the first" && len(r.GetEvents()) > 0 && r.GetAfterSequence() == k.kept.GetSequence() {
			k.stray(r.GetEvents()[0])
		}
		return nil, status.Error(codes.FailedPrecondition, "after another step")
	}
	switch {
	case k.defect == "AUD-04" && len(r.GetEvents()) > 100:
		return nil, status.Error(codes.ResourceExhausted, "too many")
	case k.defect == "AUD-10" && k.asking.Load() > 0:
		return nil, status.Error(codes.Unavailable, "it is busy")
	}
	for _, e := range r.GetEvents() {
		k.keep(e)
	}
	told := k.told()
	if k.defect == "AUD-01" {
		told.Sequence++
	}
	return &auditv1.AppendReply{Kept: told}, nil
}

func (k *keeper) keep(e *auditv1.Event) {
	k.shelve(e)
	if e.GetWhat() == audit.Refused {
		k.kept.Reference, k.kept.Count = e.GetReference(), e.GetCount()
	} else {
		k.kept.Sequence, k.kept.Chain = e.GetSequence(), e.GetChain()
	}
}

// stray shelves an event that was refused, out of the way of those that have its number later.
func (k *keeper) stray(e *auditv1.Event) {
	e = proto.CloneOf(e)
	e.Sequence += 1 << 40
	k.shelve(e)
}

// shelve makes an event one that can be found.
func (k *keeper) shelve(e *auditv1.Event) {
	at := slices.IndexFunc(k.found, func(f *auditv1.Found) bool {
		return e.GetSequence() == f.GetEvent().GetSequence() && e.GetReference() == f.GetEvent().GetReference()
	})
	switch {
	case at < 0 || k.defect == "AUD-06 twice" && e.GetCount() == k.found[at].GetEvent().GetCount():
		e = proto.CloneOf(e)
		k.texts = append(k.texts, strings.ToLower(e.GetDetail()+e.GetTool()+e.GetReference()))
		if k.defect == "AUD-07 details" {
			k.texts[len(k.texts)-1] = strings.ToLower(e.GetDetail())
		}
		if k.defect == "AUD-06 cut" {
			e.Detail = e.GetDetail()[:min(len(e.GetDetail()), 255)]
		}
		k.found = append(k.found, &auditv1.Found{Id: uint64(len(k.found)) + 1, Event: e})
	case k.defect == "AUD-09":
		k.found[at].Event.Count = e.GetCount()
	default:
		k.found[at].Event.Count = max(k.found[at].Event.GetCount(), e.GetCount())
	}
}

func (k *keeper) Query(_ context.Context, q *auditv1.QueryRequest) (*auditv1.QueryReply, error) {
	if k.defect == "mute" {
		return nil, status.Error(codes.Unimplemented, "it passes on")
	}
	k.asking.Add(1)
	defer k.asking.Add(-1)
	if k.defect == "AUD-10" {
		time.Sleep(5 * time.Millisecond) // somebody asks while it appends
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	reply := &auditv1.QueryReply{}
	text := strings.ToLower(q.GetText())
	for i, f := range k.found {
		if strings.Contains(k.texts[i], text) && k.matches(f, q) {
			reply.Found = append(reply.Found, f)
		}
	}
	if !q.GetOldestFirst() {
		slices.Reverse(reply.Found)
	}
	reply.Found = reply.Found[:min(len(reply.Found), int(q.GetLimit()))]
	if k.defect == "AUD-08" && q.GetOldestFirst() && len(reply.Found) > 5 {
		reply.Found = reply.Found[1:]
	}
	return reply, nil
}

func (k *keeper) matches(f *auditv1.Found, q *auditv1.QueryRequest) bool {
	e := f.GetEvent()
	below := e.GetAgent() == q.GetAgent() || strings.HasPrefix(e.GetAgent(), q.GetAgent()+".")
	if k.defect == "AUD-07 agents" {
		below = strings.HasPrefix(e.GetAgent(), q.GetAgent())
	}
	return f.GetId() > q.GetAfterId() && (q.GetAgent() == "" || below) &&
		one(q.GetPrincipal(), e.GetPrincipal()) && one(q.GetTool(), e.GetTool()) && one(q.GetRule(), e.GetRule()) && one(q.GetWhat(), e.GetWhat()) &&
		e.GetTimeUnixNano() >= q.GetFromUnixNano() && (q.GetBeforeUnixNano() == 0 || e.GetTimeUnixNano() < q.GetBeforeUnixNano())
}

func one(want, is string) bool { return want == "" || want == is }

func subject(defect string) sdktest.Subject {
	kept := &shelf{}
	return sdktest.Subject{New: func(testing.TB) sdk.Service {
		switch defect {
		case "AUD-02 forgets":
			kept = &shelf{}
		case "AUD-02 knows how far it was":
			kept.found, kept.texts = nil, nil
		}
		return (&keeper{defect: defect, shelf: kept}).service()
	}}
}

func play(t *testing.T, defect string) []conformance.Result {
	return sdktest.Results(t, auditkit.Kit(), subject(defect))
}

func TestASinkConforms(t *testing.T) { sdktest.Conform(t, auditkit.Kit(), subject("")) }

func TestEachDefectFailsItsRequirement(t *testing.T) {
	planted.Each(t, planted.Own(auditkit.Kit()), []string{
		"AUD-01", "AUD-02 forgets", "AUD-02 knows how far it was", "AUD-03", "AUD-04", "AUD-05 takes it", "AUD-05 keeps the first", "AUD-06 twice",
		"AUD-06 cut", "AUD-07 agents", "AUD-07 details", "AUD-08", "AUD-09", "AUD-10", "AUD-11 takes it", "AUD-11 keeps the first",
	}, play)
}

func TestASinkNeedNotBeAsked(t *testing.T) {
	by := planted.Outcomes(play(t, "mute"))
	want := []string{"AUD-06", "AUD-07", "AUD-08", "AUD-09", "AUD-10"}
	if len(by[conformance.Fail]) > 0 || !slices.Equal(by[conformance.Unclaimed], want) {
		t.Error(by)
	}
}
