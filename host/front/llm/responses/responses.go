// Package responses is the API /v1/responses of OpenAI, as the proxy sees it.
//
// It decides where in a request and in an answer content and calls of tools stand, and what of both it knows. It trusts neither side: a member,
// a kind of item, a kind of tool or of event that it does not know is an error, and of an answer nothing that belongs to a call is given out
// before the call was judged. It never judges, and never does I/O.
//
// # What it does not let by
//
// A conversation and a prompt that the vendor keeps hold content that did not pass here. The answer to a request in the background is fetched
// later, by a path on which nothing judges its calls. What a vendor compacts can no longer be read. The kinds of calls that a client runs without
// having declared a tool by name and schema (a shell, a computer, a patch) have nothing that could be pinned.
package responses

import (
	"slices"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

type format struct{ known, about []string }

// New is the format. members are names at the top of a request that pass beside those that it knows. An answer may repeat them.
func New(members ...string) wire.Format {
	return format{known: slices.Concat(known, settings, members), about: slices.Concat(about, members)}
}

// Answer implements wire.Format.
func (f format) Answer(r wire.Request, j wire.Judge, keep bool) wire.Answer {
	return &answer{request: r, judge: j, keep: keep, about: f.about, tools: declaredBy(r.Body)}
}

// Failure implements wire.Format.
func (format) Failure(f wire.Failure) []byte {
	return append(failure([]byte(`{"error":`), f), '}')
}

// FailureEvent implements wire.Format. Its number in the stream is not known here, and clients do not ask for it. The error stands in it twice,
// as the vendor documents it and as the vendor's own servers send it, since clients look for the one or the other.
func (format) FailureEvent(f wire.Failure) []byte {
	text := append([]byte(`{"type":"error","code":`), code(f)...)
	text = ijson.AppendString(append(text, `,"message":`...), f.Message)
	text = failure(append(text, `,"param":null,"error":`...), f)
	return sse.Append(nil, "error", string(append(text, '}')))
}

func failure(dst []byte, f wire.Failure) []byte {
	dst = ijson.AppendString(append(dst, `{"message":`...), f.Message)
	dst = ijson.AppendString(append(dst, `,"type":`...), failureType(f.Status))
	dst = append(append(dst, `,"param":null,"code":`...), code(f)...)
	if f.Reference != "" {
		dst = ijson.AppendString(append(dst, `,"reference":`...), f.Reference)
	}
	return append(dst, '}')
}

func code(f wire.Failure) string {
	if f.Code == "" {
		return "null"
	}
	return string(ijson.AppendString(nil, f.Code))
}

func failureType(status int) string {
	switch {
	case status == 401:
		return "authentication_error"
	case status == 403:
		return "permission_error"
	case status == 429:
		return "rate_limit_error"
	case status >= 500:
		return "server_error"
	default:
		return "invalid_request_error"
	}
}
