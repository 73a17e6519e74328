package grpc

import (
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"argus/host/identity"
	agentv1 "argus/proto/argus/agent/v1"
)

func TestBadInputOfToolsAndWatchIsAClearErrorOfTheClients(t *testing.T) {
	atEachDoor(t, func(t *testing.T, r *rig) {
		r.register()
		a, client := r.tools("a", done)
		before := r.mediator.Ledger.Current().Sequence
		field := func(n protowire.Number, s string) []byte {
			return protowire.AppendString(protowire.AppendTag(nil, n, protowire.BytesType), s)
		}
		for name, c := range map[string]struct {
			method string
			bytes  []byte
			code   codes.Code
		}{
			"an id of 1 MB":          {"Tools/Call", field(1, strings.Repeat("x", 1<<20-100)), codes.InvalidArgument},
			"more than a message":    {"Tools/Call", field(1, strings.Repeat("x", 1<<20+1)), codes.ResourceExhausted},
			"a name that is no text": {"Tools/Call", field(2, "\xff\xfe"), codes.InvalidArgument},
			"a call's long name":     {"Tools/Call", append(field(2, "s__send"), field(4, strings.Repeat("n", 129))...), codes.InvalidArgument},
			"a long key of a call":   {"Tools/Call", append(field(2, "s__send"), field(15, strings.Repeat("k", 129))...), codes.InvalidArgument},
			"a verdict":              {"Tools/Call", append(field(2, "s__send"), 0x98, 0x06, 0x01), codes.InvalidArgument},
			"half a message":         {"Tools/Explain", []byte{0x12, 0x7f, 'x'}, codes.InvalidArgument},
			"two members of a name":  {"Tools/Explain", append(field(2, "s__send"), field(3, `{"n":1,"n":2}`)...), codes.InvalidArgument},
			"a context of 1 MB":      {"Watch/Events", field(2, strings.Repeat("x", 1<<20-100)), codes.InvalidArgument},
			"a context of no text":   {"Watch/Events", field(2, "\xff"), codes.InvalidArgument},
			"an unspecified kind":    {"Watch/Events", []byte{0x1a, 0x01, 0x00}, codes.InvalidArgument},
			"an unknown kind":        {"Watch/Events", []byte{0x1a, 0x01, 0x63}, codes.InvalidArgument},
			"many kinds":             {"Watch/Events", append([]byte{0x1a, 0xac, 0x02}, []byte(strings.Repeat("\x01", 300))...), codes.InvalidArgument},
		} {
			s, err := r.client.NewStream(a.ctx, &grpc.StreamDesc{ServerStreams: true}, "/argus.agent.v1."+c.method, grpc.ForceCodec(rawCodec{}))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.SendMsg(raw{c.bytes}); err != nil && err != io.EOF {
				t.Fatal(err)
			}
			_ = s.CloseSend()
			err = s.RecvMsg(nil)
			if status.Code(err) != c.code || len(status.Convert(err).Message()) > 200 {
				t.Errorf("%s: %.300v", name, err)
			}
		}
		if after := r.mediator.Ledger.Current().Sequence; after != before {
			t.Errorf("%d records were written", after-before)
		}
		if _, err := a.calling(client, &agentv1.CallRequest{Tool: "s__send"}); err != nil {
			t.Errorf("the control: %v", err)
		}
	})
}

// TestTenThousandConnectionsLeaveNothingBehind opens them and drops each: silent, after some bytes that are no HTTP/2, or after its preface.
func TestTenThousandConnectionsLeaveNothingBehind(t *testing.T) {
	atEachDoor(t, func(t *testing.T, r *rig) {
		a := r.agent("a", identity.Sticky)
		client := agentv1.NewToolsClient(r.client)
		list := func() {
			t.Helper()
			ctx, cancel := context.WithTimeout(a.ctx, time.Minute)
			defer cancel()
			if _, err := client.List(ctx, &agentv1.ListRequest{}); err != nil {
				t.Fatalf("the control: %v", err)
			}
		}
		list()
		heap, routines := inUse()
		for i := range 10_000 {
			r.drop(i)
			if i%1000 == 0 {
				list()
			}
		}
		deadline := time.Now().Add(time.Minute)
		for {
			list()
			grown, more := inUse()
			if grown-heap <= mostLeft && more-routines <= mostRoutines {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d bytes and %d goroutines are left", grown-heap, more-routines)
			}
			runtime.Gosched()
		}
	})
}

// drop opens a connection, says something on it and closes it. Every tenth says it in the door's own transport.
func (r *rig) drop(i int) {
	r.t.Helper()
	raw, err := r.over.connect(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	c := raw
	if i%10 == 0 {
		if c, _, err = r.over.transport.ClientHandshake(r.t.Context(), "127.0.0.1", raw); err != nil {
			r.t.Fatal(err)
		}
	}
	const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	_, _ = io.WriteString(c, []string{"", "GET / HTTP/1.1\r\n\r\n", preface, "\x16\x03\x01\x02\x00\x01"}[i/10%4]) // it may be gone already
	if err := raw.Close(); err != nil {
		r.t.Fatal(err)
	}
}

// What hostile clients may leave behind at most: bytes, and goroutines.
const mostLeft, mostRoutines = 16 << 20, 64

func inUse() (heap int64, routines int) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), runtime.NumGoroutine()
}
