package upstream

import (
	"unicode/utf8"

	"argus/internal/ijson"
)

// What is kept of an error, in bytes. Longer data is dropped: cut, it would be no JSON.
const (
	maxErrorText = 4 << 10
	maxErrorData = 16 << 10
)

// Reply is a server's answer to one call: a result, or an error when Error is not nil. Both are the server's words.
type Reply struct {
	Result ijson.Value // an object; its Raw is what the server wrote
	Error  *RPCError

	lost error // why there is neither; never given to a caller
}

// RPCError is a JSON-RPC error. Message is cut at 4 KiB; Data is the zero Value where there is none, or more than 16 KiB of it.
type RPCError struct {
	Code    int64
	Message string
	Data    ijson.Value
}

// readReply reads the outcome of an answer's frame.
func readReply(frame ijson.Value) (Reply, error) {
	result, hasResult := frame.Member("result")
	failure, hasError := frame.Member("error")
	switch {
	case hasResult && hasError:
		return Reply{}, violation("an answer has both a result and an error")
	case hasResult && result.Kind() != ijson.Object:
		return Reply{}, violation("a result is no object")
	case hasResult:
		return Reply{Result: result}, nil
	case hasError:
		return readError(failure)
	default:
		return Reply{}, violation("a message is neither request nor answer")
	}
}

func readError(v ijson.Value) (Reply, error) {
	code, _ := v.Member("code")
	message, _ := v.Member("message")
	number, isNumber := code.Number()
	text, isText := message.Text()
	n, whole := number.Int64()
	if !isNumber || !whole || !isText {
		return Reply{}, violation("an error has no code and message")
	}
	data, _ := v.Member("data")
	if len(data.Raw()) > maxErrorData {
		data = ijson.Value{}
	}
	return Reply{Error: &RPCError{Code: n, Message: cut(text, maxErrorText), Data: data}}, nil
}

// cut shortens text to at most so many bytes, between two characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
