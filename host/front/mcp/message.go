package mcp

import (
	"errors"
	"strconv"

	"argus/host/mediate"
	"argus/internal/ijson"
)

// maxID bounds a request's id, which is kept while the request is open.
const maxID = 256

type messageKind uint8

const (
	notification messageKind = iota + 1
	request
	response
)

// message is the envelope of one message.
type message struct {
	kind   messageKind
	id     string // of a request, as it was written
	key    string // of the id of a request or response, the same for each spelling
	method string
	params ijson.Value    // an object, or the zero Value for none
	answer mediate.Answer // of a response
}

var (
	errBatch    = &rpcError{code: codeInvalidRequest, text: "batches are not accepted: send one message"}
	errEnvelope = &rpcError{code: codeInvalidRequest, text: "this is no JSON-RPC 2.0 message of MCP"}
	errID       = &rpcError{code: codeInvalidRequest, text: "the id of a request must be an integer or a short string"}
)

// readMessage takes the one strict reading of a body. An error never says what the body held.
func readMessage(body []byte) (message, *rpcError) {
	v, err := ijson.Parse(body, ijson.AtMost(len(body)))
	if err != nil {
		return message{}, unreadable(err)
	}
	if v.Kind() == ijson.Array {
		return message{}, errBatch
	}
	if err := v.Exact("jsonrpc", "id", "method", "params", "result", "error"); err != nil {
		return message{}, unreadable(err)
	}
	version, _ := v.Member("jsonrpc")
	if text, _ := version.Text(); text != "2.0" {
		return message{}, errEnvelope
	}
	return readEnvelope(v)
}

func readEnvelope(v ijson.Value) (message, *rpcError) {
	id, hasID := v.Member("id")
	method, hasMethod := v.Member("method")
	_, hasResult := v.Member("result")
	_, hasError := v.Member("error")
	m := message{kind: notification}
	if hasID {
		m.kind, m.id = request, id.Raw()
		if m.key = idKey(id); m.key == "" {
			return message{}, errID
		}
	}
	if !hasMethod {
		if !hasID || hasResult == hasError {
			return message{}, errEnvelope
		}
		m.kind, m.answer = response, readAnswer(v)
		return m, nil
	}
	text, isText := method.Text()
	m.method = text
	m.params, _ = v.Member("params")
	if kind := m.params.Kind(); !isText || hasResult || hasError || (kind != ijson.Object && kind != ijson.Invalid) {
		return message{}, errEnvelope
	}
	return m, nil
}

// idKey tells ids apart as values; empty for what is no id.
func idKey(v ijson.Value) string {
	if len(v.Raw()) > maxID {
		return ""
	}
	if text, ok := v.Text(); ok {
		return textKey(text)
	}
	number, _ := v.Number()
	if n, whole := number.Int64(); whole {
		return "n" + strconv.FormatInt(n, 10)
	}
	return ""
}

// textKey is the key of an id that is a text.
func textKey(id string) string { return "s" + id }

// unreadable says where a body is not the strict JSON that Argus reads, in fixed words.
func unreadable(err error) *rpcError {
	for _, form := range []ijson.Reason{ijson.TooLarge, ijson.TooDeep, ijson.TooMany, ijson.DuplicateName, ijson.CaseVariant} {
		if errors.Is(err, form) {
			return &rpcError{code: codeInvalidRequest, text: "the message is refused: " + err.Error()}
		}
	}
	return &rpcError{code: codeParse, text: "the message is not strict JSON: " + err.Error()}
}
