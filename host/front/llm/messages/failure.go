package messages

import (
	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
)

// types are the vendor's names of errors, by the status of HTTP that goes with each.
var types = map[int]string{
	400: "invalid_request_error",
	401: "authentication_error",
	403: "permission_error",
	404: "not_found_error",
	413: "request_too_large",
	429: "rate_limit_error",
	504: "timeout_error",
	529: "overloaded_error",
}

func (format) Failure(f wire.Failure) []byte { return []byte(failure(f)) }

func (format) FailureEvent(f wire.Failure) []byte { return sse.Append(nil, "error", failure(f)) }

// failure is an error in the vendor's shape. The rule and the reference stand beside the members that the vendor knows, since it has none for them.
func failure(f wire.Failure) string {
	kind, ok := types[f.Status]
	switch {
	case ok:
	case 400 <= f.Status && f.Status < 500:
		kind = types[400]
	default:
		kind = "api_error"
	}
	s := `{"type":"error","error":{"type":` + quote(kind) + `,"message":` + quote(f.Message)
	if f.Code != "" {
		s += `,"code":` + quote(f.Code)
	}
	if f.Code == codeThread {
		s += `,"details":{"error_code":"` + codeThread + `","unsupported":["thread"]}`
	}
	if f.Reference != "" {
		s += `,"reference":` + quote(f.Reference)
	}
	return s + `}}`
}
