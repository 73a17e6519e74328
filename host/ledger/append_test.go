package ledger

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"argus/kernel"
	"argus/kernel/ordered"
)

// TestRecordsOfCallsAreTheSameBytesEitherWay: what was written by reflection is compared, at the next start, with what is written now.
func TestRecordsOfCallsAreTheSameBytesEitherWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t)
		if quick, slow := string(appendRecord([]byte("before"), r)), "before"+string(encode(r)); quick != slow {
			t.Fatalf("the records differ:\n%s\n%s", quick, slow)
		}
		if _, err := decode(appendRecord(nil, r)); err != nil {
			t.Fatal(err)
		}
	})
}

func drawRecord(t *rapid.T) Record {
	word := rapid.OneOf(rapid.StringMatching(`[a-z0-9:/_.-]{1,12}`), rapid.String())
	flag := rapid.Bool()
	number := rapid.Uint64()
	exposure := rapid.Custom(func(t *rapid.T) kernel.Exposure {
		return kernel.Exposure{
			Level:     rapid.SampledFrom([]kernel.Level{kernel.Public, kernel.Internal, kernel.Sensitive, kernel.Restricted}).Draw(t, "level"),
			Integrity: rapid.SampledFrom([]kernel.Integrity{kernel.Untrusted, kernel.Observed, kernel.Verified, kernel.Proven}).Draw(t, "integrity"),
		}
	})
	r := Record{
		kind: kindStep, Time: time.Unix(0, rapid.Int64().Draw(t, "time")), Theory: kernel.Digest(word.Draw(t, "theory")),
		Note: Note{
			Principal: rapid.OneOf(rapid.Just(""), word).Draw(t, "principal"), Context: rapid.OneOf(rapid.Just(""), word).Draw(t, "context"),
			Returns: rapid.OneOf(rapid.Just(""), word).Draw(t, "returns"), Call: rapid.OneOf(rapid.Just(""), word).Draw(t, "call"),
			Request: Request{
				AskedBy: rapid.OneOf(rapid.Just(""), word).Draw(t, "asked by"), Key: rapid.OneOf(rapid.Just(""), word).Draw(t, "key"),
				Content: kernel.Digest(rapid.OneOf(rapid.Just(""), word).Draw(t, "content")),
			},
		},
	}
	if flag.Draw(t, "complete") {
		r.Input = kernel.InvokeComplete{
			Agent: kernel.AgentID(word.Draw(t, "agent")), Invocation: kernel.InvocationID(number.Draw(t, "invocation")),
			Outcome:  rapid.SampledFrom([]kernel.Ending{kernel.Success, kernel.Failure, kernel.Unknown}).Draw(t, "outcome"),
			Conforms: flag.Draw(t, "conforms"), Bits: number.Draw(t, "bits"), Slot: kernel.SlotID(rapid.OneOf(rapid.Just(""), word).Draw(t, "slot")),
			Raised: kernel.Raise{Given: flag.Draw(t, "raise"), Label: exposure.Draw(t, "raised")},
		}
		r.Event = kernel.Completed{
			Exposure: exposure.Draw(t, "exposure"), Spent: number.Draw(t, "spent"), Declassified: flag.Draw(t, "declassified"),
			Endorsed: flag.Draw(t, "endorsed"), Raised: flag.Draw(t, "raised"), Released: flag.Draw(t, "released"), Settled: flag.Draw(t, "settled"),
		}
		return r
	}
	r.Input = kernel.InvokeStart{
		Agent: kernel.AgentID(word.Draw(t, "agent")), Tool: kernel.ToolID(word.Draw(t, "tool")), Arguments: kernel.Digest(word.Draw(t, "arguments")),
		Label: exposure.Draw(t, "label"), Sinks: kernel.Sinks(rapid.Uint16Range(0, 1<<9-1).Draw(t, "sinks")),
		Verdicts: kernel.Verdicts{
			Authorized: flag.Draw(t, "authorized"), Vouched: flag.Draw(t, "vouched"),
			Binding: kernel.Binding{Policy: kernel.Digest(word.Draw(t, "policy")), Reading: kernel.Reading{
				Read: kernel.Attributes(rapid.Uint8Range(0, 31).Draw(t, "read")), Caps: ordered.SetOf[kernel.Capability]("a", "b"),
				Exposure: exposure.Draw(t, "read exposure"), Speculative: exposure.Draw(t, "read speculative"),
				Depth: number.Draw(t, "depth"), Flights: number.Draw(t, "flights"),
			}},
		},
	}
	r.Event = kernel.Started{
		Invocation: kernel.InvocationID(number.Draw(t, "invocation")), Speculative: exposure.Draw(t, "speculative"),
		Approval: kernel.Approval{Given: flag.Draw(t, "approved"), Upto: exposure.Draw(t, "approval")},
	}
	return r
}

// BenchmarkRecord compares the two ways for a start.
func BenchmarkRecord(b *testing.B) {
	digest := kernel.Digest("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
	x := kernel.Exposure{Level: kernel.Public, Integrity: kernel.Verified}
	r := Record{
		kind: kindStep, Time: time.Now(), Theory: digest, Note: Note{Principal: "assistant", Call: "read_mail"},
		Input: kernel.InvokeStart{
			Agent: "root/1", Tool: kernel.ToolID("mail/read_mail@" + digest), Arguments: digest, Label: x,
			Verdicts: kernel.Verdicts{Authorized: true, Binding: kernel.Binding{Policy: digest}},
		},
		Event: kernel.Started{Invocation: 12345, Speculative: x},
	}
	b.Run("by reflection", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			encode(r)
		}
	})
	b.Run("appended", func(b *testing.B) {
		b.ReportAllocs()
		var text []byte
		for b.Loop() {
			text = appendRecord(text[:0], r)
		}
	})
}
