package chat

import (
	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
)

func (*format) Failure(f wire.Failure) []byte {
	kind := "invalid_request_error"
	switch {
	case f.Status >= 500:
		kind = "server_error"
	case f.Status == 429:
		kind = "rate_limit_error"
	}
	text := `{"error":{"message":` + quote(f.Message) + `,"type":"` + kind + `","param":null,"code":` + quote(f.Code)
	if f.Reference != "" {
		text += `,"reference":` + quote(f.Reference)
	}
	return []byte(text + `}}`)
}

// FailureEvent is no end that a client could take for a whole answer: [DONE] does not follow.
func (f *format) FailureEvent(of wire.Failure) []byte {
	return sse.Append(nil, "", string(f.Failure(of)))
}
