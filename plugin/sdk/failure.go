package sdk

import (
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// FailureKind sorts the errors of a Client. Its texts are those of the host's kinds of fault.
type FailureKind string

// The zero FailureKind is a bug: a plugin that broke its contract.
const (
	Broken      FailureKind = "bug"
	Invalid     FailureKind = "invalid"
	Unavailable FailureKind = "unavailable"
	Timeout     FailureKind = "timeout"
	Stale       FailureKind = "stale"
)

// Failure is an error of a Client. It is never an answer.
type Failure struct {
	Kind   FailureKind
	Plugin string
	Op     string
	Cause  error
}

func (f *Failure) Error() string {
	text := "plugin " + f.Plugin + ": " + f.Op + ": " + f.FaultKind()
	if f.Cause != nil {
		text += ": " + f.Cause.Error()
	}
	return text
}

func (f *Failure) Unwrap() error { return f.Cause }

// FaultKind is how the host, which this package may not import, sorts the error.
func (f *Failure) FaultKind() string {
	if f.Kind == "" {
		return string(Broken)
	}
	return string(f.Kind)
}

// Is reports whether target is the host's kind of that name: an error that says nothing but its kind.
func (f *Failure) Is(target error) bool {
	kind, ok := target.(interface{ FaultKind() string })
	return ok && kind.FaultKind() == f.FaultKind() && target.Error() == f.FaultKind()
}

const maxStatusText = 4 << 10

// FromStatus sorts an error of gRPC. What the plugin wrote into it is cut and is for the operator alone.
func FromStatus(plugin, op string, err error) *Failure {
	s := status.Convert(err)
	f := &Failure{Plugin: plugin, Op: op, Cause: errors.New(Clip(s.Message(), maxStatusText))}
	switch s.Code() {
	case codes.DeadlineExceeded, codes.Canceled:
		f.Kind = Timeout
	case codes.Unavailable, codes.FailedPrecondition:
		f.Kind = Unavailable
	case codes.InvalidArgument:
		f.Kind = Invalid
	default:
		f.Kind = Broken
	}
	return f
}
