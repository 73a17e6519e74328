package main

import (
	"argus/internal/ijson"
)

// maxMessage bounds one message.
const maxMessage = 4 << 20

const (
	initialized = `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"echo","version":"1"}}`
	noMethod    = `{"code":-32601,"message":"no such method"}`
	noMessage   = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"not a message"}}`
)

// Two tools of one kind: what tells them apart is what the registry says of them.
const tools = `{"tools":[` +
	`{"name":"note","description":"Gives back what it was told.","inputSchema":` + schema + `},` +
	`{"name":"post","description":"Gives back what it was told, and is taken to tell others.","inputSchema":` + schema + `}]}`

const schema = `{"type":"object","properties":{"text":{"type":"string"},"count":{"type":"integer"},` +
	`"tags":{"type":"array","items":{"type":"string"}}},"required":["text","count"],"additionalProperties":false}`

// appendAnswer appends the answer to one message; nothing when it asks for none.
func appendAnswer(dst, message []byte) []byte {
	v, err := ijson.Parse(message, ijson.AtMost(maxMessage))
	if err != nil {
		return append(dst, noMessage...)
	}
	id, asked := v.Member("id")
	if !asked {
		return dst
	}
	dst = append(dst, `{"jsonrpc":"2.0","id":`...)
	dst = append(dst, id.Raw()...)
	name, _ := v.Member("method")
	method, _ := name.Text()
	params, _ := v.Member("params")
	return append(appendOutcome(dst, method, params), '}')
}

// appendOutcome appends the member result or error. The method bench/params, which no tool of MCP is, gives back all of the params.
func appendOutcome(dst []byte, method string, params ijson.Value) []byte {
	switch method {
	case "tools/call":
		arguments, _ := params.Member("arguments")
		dst = append(dst, `,"result":{"content":[{"type":"text","text":"echo"}],"structuredContent":`...)
		return append(append(dst, arguments.Raw()...), '}')
	case "initialize":
		return append(dst, `,"result":`+initialized...)
	case "tools/list":
		return append(dst, `,"result":`+tools...)
	case "ping":
		return append(dst, `,"result":{}`...)
	case "bench/params":
		return append(append(dst, `,"result":`...), params.Raw()...)
	}
	return append(dst, `,"error":`+noMethod...)
}
