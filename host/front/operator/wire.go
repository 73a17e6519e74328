package operator

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/host/fault"
)

var codeOf = map[fault.Kind]codes.Code{
	fault.Bug:         codes.Internal,
	fault.Invalid:     codes.InvalidArgument,
	fault.Unavailable: codes.Unavailable,
	fault.Timeout:     codes.DeadlineExceeded,
	fault.Stale:       codes.Aborted,
	fault.Halted:      codes.FailedPrecondition,
}

// wireError keeps the text: whoever reads it is the operator.
func wireError(err error) error {
	if own, is := err.(interface{ GRPCStatus() *status.Status }); is {
		return own.GRPCStatus().Err()
	}
	return status.Error(codeOf[fault.KindOf(err)], err.Error())
}
