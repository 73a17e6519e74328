package connect

import (
	"encoding/base64"
	"errors"
	"strings"

	"argus/internal/ijson"
)

type kind uint8

const (
	notification kind = iota + 1
	request
	response
)

// message is one line of the client, as far as a transport must understand it.
type message struct {
	line   []byte
	kind   kind
	id     ijson.Value // of a request
	method string
	params ijson.Value
	// modern is the revision that the message itself names, as every request of revision 2026-07-28 does. Without one the message
	// belongs to a session.
	modern string
}

// revisionMember is where a message names its revision, below params._meta.
const revisionMember = "io.modelcontextprotocol/protocolVersion"

var (
	errBatch   = errors.New("batches are not accepted: send one message a line")
	errMessage = errors.New("this is no JSON-RPC 2.0 message of MCP")
)

// read takes a line apart. Whether the message is a good one is for the door to say.
func read(line []byte) (message, error) {
	v, err := ijson.Parse(line, ijson.AtMost(len(line)))
	if err != nil {
		return message{}, err
	}
	if v.Kind() == ijson.Array {
		return message{}, errBatch
	}
	m := message{line: line, kind: notification}
	method, hasMethod := v.Member("method")
	m.method, _ = method.Text()
	m.params, _ = v.Member("params")
	id, hasID := v.Member("id")
	switch {
	case hasID && hasMethod:
		m.kind, m.id = request, id
	case hasID:
		m.kind = response
	case !hasMethod:
		return message{}, errMessage
	}
	if hasID && id.Kind() != ijson.String && id.Kind() != ijson.Numeric {
		return message{}, errMessage
	}
	meta, _ := m.params.Member("_meta")
	revision, _ := meta.Member(revisionMember)
	m.modern, _ = revision.Text()
	return m, nil
}

// key tells ids apart as values.
func key(id ijson.Value) string { return string(ijson.AppendCanonical(nil, id)) }

// subject is what the method is applied to, which intermediaries of HTTP are told in a header.
func (m message) subject() (string, bool) {
	member := "name"
	switch m.method {
	case "tools/call", "prompts/get":
	case "resources/read":
		member = "uri"
	default:
		return "", false
	}
	v, _ := m.params.Member(member)
	return v.Text()
}

const sentinelHead, sentinelTail = "=?base64?", "?="

// headerValue writes a text as a header can carry it: as it is, or in base64 between the marks that say so.
func headerValue(text string) string {
	plain := strings.TrimSpace(text) == text && !strings.HasPrefix(text, sentinelHead)
	for i := 0; plain && i < len(text); i++ {
		plain = text[i] >= ' ' && text[i] <= '~'
	}
	if plain {
		return text
	}
	return sentinelHead + base64.StdEncoding.EncodeToString([]byte(text)) + sentinelTail
}
