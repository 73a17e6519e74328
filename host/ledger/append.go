package ledger

import (
	"slices"
	"strconv"

	"argus/kernel"
)

// The two records of every call are written without reflection. What they say and how is the codec's: appendRecord gives the very bytes
// that encode gives.

// appendRecord appends a record as it stands in the journal.
func appendRecord(dst []byte, r Record) []byte {
	switch in := r.Input.(type) {
	case kernel.InvokeStart:
		if e, ok := r.Event.(kernel.Started); ok {
			return appendStart(dst, r, in, e)
		}
	case kernel.InvokeComplete:
		if e, ok := r.Event.(kernel.Completed); ok {
			return appendComplete(dst, r, in, e)
		}
	}
	return append(dst, encode(r)...)
}

func appendStart(dst []byte, r Record, in kernel.InvokeStart, e kernel.Started) []byte {
	v := in.Verdicts
	w := appendHead(dst, r, "invoke_start").
		text(`{"agent":`, string(in.Agent)).text(`,"tool":`, string(in.Tool)).text(`,"arguments":`, string(in.Arguments)).
		exposure(`,"label":`, in.Label).text(`,"sinks":`, in.Sinks.String()).
		truth(`,"authorized":`, v.Authorized).truth(`,"vouched":`, v.Vouched).text(`,"policy":`, string(v.Binding.Policy))
	w = append(w, `,"reading":`...).reading(v.Binding.Reading)
	w = append(w, `},"event":{"invocation":`...)
	w = strconv.AppendUint(w, uint64(e.Invocation), 10)
	w = w.exposure(`,"speculative":`, e.Speculative)
	if e.Approval.Given {
		w = w.exposure(`,"approval":`, e.Approval.Upto)
	}
	return append(w, '}').note(r.Note)
}

func appendComplete(dst []byte, r Record, in kernel.InvokeComplete, e kernel.Completed) []byte {
	w := appendHead(dst, r, "invoke_complete").text(`{"agent":`, string(in.Agent))
	w = strconv.AppendUint(append(w, `,"invocation":`...), uint64(in.Invocation), 10)
	w = w.text(`,"outcome":`, in.Outcome.String()).ifTrue(`,"conforms":true`, in.Conforms).ifNot0(`,"bits":`, in.Bits)
	if in.Slot != "" {
		w = w.text(`,"slot":`, string(in.Slot))
	}
	if in.Raised.Given {
		w = w.exposure(`,"raised":`, in.Raised.Label)
	}
	w = append(w, `},"event":{`...).exposure(`"exposure":`, e.Exposure).ifNot0(`,"spent":`, e.Spent).
		ifTrue(`,"declassified":true`, e.Declassified).ifTrue(`,"endorsed":true`, e.Endorsed).ifTrue(`,"raised":true`, e.Raised).
		ifTrue(`,"released":true`, e.Released).ifTrue(`,"settled":true`, e.Settled)
	return append(w, '}').note(r.Note)
}

// text is a record in the making. Each member is given with what stands before its value.
type text []byte

func appendHead(dst []byte, r Record, do string) text {
	dst = append(dst, `{"kind":"step","time":`...)
	w := text(strconv.AppendInt(dst, r.Time.UnixNano(), 10))
	if r.Theory != "" {
		w = w.text(`,"theory":`, string(r.Theory))
	}
	return append(append(append(w, `,"do":"`...), do...), `","input":`...)
}

func (w text) text(before, s string) text {
	w = append(w, before...)
	if !plain(s) {
		return append(w, must(s)...)
	}
	return append(append(append(w, '"'), s...), '"')
}

// plain reports whether encoding/json writes text between quotes as it is.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

func (w text) truth(before string, b bool) text { return strconv.AppendBool(append(w, before...), b) }

func (w text) exposure(before string, x kernel.Exposure) text {
	w = append(append(w, before...), '"')
	w = append(append(append(w, x.Level.String()...), '/'), x.Integrity.String()...)
	return append(w, '"')
}

func (w text) ifTrue(member string, b bool) text {
	if !b {
		return w
	}
	return append(w, member...)
}

func (w text) ifNot0(before string, n uint64) text {
	if n == 0 {
		return w
	}
	return strconv.AppendUint(append(w, before...), n, 10)
}

// reading is most often of nothing: policies that mention no attribute of the agent read none.
func (w text) reading(r kernel.Reading) text {
	if r.Read == 0 {
		return append(w, '{', '}')
	}
	return append(w, must(readingOf(r))...)
}

// note ends the record.
func (w text) note(n Note) []byte {
	if n == (Note{}) {
		return append(w, '}')
	}
	w = append(w, `,"note":{`...)
	begin := len(w)
	for _, member := range [...]struct{ before, value string }{
		{`,"principal":`, n.Principal}, {`,"context":`, n.Context}, {`,"returns":`, n.Returns}, {`,"call":`, n.Call},
		{`,"asked_by":`, n.AskedBy}, {`,"key":`, n.Key}, {`,"content":`, string(n.Content)},
	} {
		if member.value != "" {
			w = w.text(member.before, member.value)
		}
	}
	return append(slices.Delete(w, begin, begin+1), '}', '}')
}
