// Package fault names the kinds of failure that cross a boundary between parts of the host.
//
// A fault says that something could not be decided or done; a refusal, which is a decision, is never one. No side effect
// follows a fault. Fronts map a Kind to their wire once, through KindOf; they never read the text of a Cause
// to an agent, but where the host itself says Invalid: that is about the request.
package fault

import (
	"context"
	"errors"
)

// Kind is what sort of failure it was. It is an error itself, so that errors.Is(err, fault.Stale) asks for the kind of err.
type Kind uint8

// The zero Kind is Bug: a failure that nobody thought about is ours until someone shows otherwise.
const (
	Bug         Kind = iota // a promise of our own or of a plugin was broken
	Invalid                 // the request can not be right, now or later
	Unavailable             // a part that is needed is down; asking again later may help
	Timeout                 // a part that is needed did not answer in time, or the caller stopped waiting
	Stale                   // what the request was based on has changed; look again and ask again
	Halted                  // the kernel accepts nothing until a person has looked
)

var kindNames = [...]string{"bug", "invalid", "unavailable", "timeout", "stale", "halted"}

// String is the name of k, stable enough for logs and wires.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[Bug]
}

func (k Kind) Error() string { return k.String() }

// FaultKind is how packages that may not import this one show their kind.
func (k Kind) FaultKind() string { return k.String() }

// Error is a fault: what kind, while doing what, in which plugin (empty for the host itself), and why.
type Error struct {
	Kind   Kind
	Op     string
	Plugin string
	Cause  error
}

func (e *Error) Error() string {
	text := e.Kind.String()
	if e.Op != "" {
		text = e.Op + ": " + text
	}
	if e.Plugin != "" {
		text = "plugin " + e.Plugin + ": " + text
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// FaultKind is the name of e's kind.
func (e *Error) FaultKind() string { return e.Kind.String() }

// Is reports whether target is e's kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// New is a fault of the host itself.
func New(kind Kind, op string, cause error) *Error {
	return &Error{Kind: kind, Op: op, Cause: cause}
}

// KindOf is the kind of the outermost fault that err wraps. The plugin SDK, which may not import the host, tells its own
// through a FaultKind method. An expired or cancelled context is Timeout; any other error is a Bug. err must not be nil.
func KindOf(err error) Kind {
	var told interface{ FaultKind() string }
	if errors.As(err, &told) {
		return parse(told.FaultKind())
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Timeout
	}
	return Bug
}

func parse(name string) Kind {
	for k, known := range kindNames {
		if known == name {
			return Kind(k)
		}
	}
	return Bug
}
