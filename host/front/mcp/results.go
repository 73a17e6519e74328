package mcp

import (
	"net/http"

	"argus/internal/ijson"
)

// cacheable are the methods whose results must say how long they hold and for whom.
var cacheable = map[string]bool{
	"server/discover": true, "tools/list": true, "prompts/list": true, "resources/list": true, "resources/templates/list": true, "resources/read": true,
}

// What a result of the modern era says of itself. What an agent sees depends on the agent, and on what it has met: nobody else may be shown
// it, and nobody may take it for what it would be told now.
const (
	saidComplete = `"resultType":"complete"`
	saidCaching  = `,"ttlMs":0,"cacheScope":"private"`
)

// completed is an answer as the modern era has it. Should a server's result still hold any of those members, it spoke to Argus.
func (f *Front) completed(t turn, a answer) answer {
	if a.err != nil {
		return answer{err: modernError(t, a.err)}
	}
	v := a.passed
	if v.Kind() == ijson.Invalid {
		v = ijson.MustParse(a.result)
	}
	out := append([]byte{'{'}, saidComplete...)
	if cacheable[t.method] {
		out = append(out, saidCaching...)
	}
	meta, _ := v.Member("_meta")
	for name, member := range v.Members() {
		switch name {
		case "resultType", "ttlMs", "cacheScope", "_meta":
		default:
			out = appendMember(out, name, member)
		}
	}
	out = f.appendServerInfo(append(out, `,"_meta":{`...))
	for name, member := range meta.Members() {
		if name != metaServer {
			out = appendMember(out, name, member)
		}
	}
	return answer{result: append(out, '}', '}')}
}

// appendMember appends one more member of an object.
func appendMember(out []byte, name string, v ijson.Value) []byte {
	out = append(ijson.AppendString(append(out, ','), name), ':')
	return ijson.AppendLine(out, v)
}

// appendServerInfo appends the member of _meta in which each result says who gave it.
func (f *Front) appendServerInfo(out []byte) []byte {
	return f.appendSelf(append(ijson.AppendString(out, metaServer), ':'))
}

// modernError is an error as the modern era has it. That era keeps the codes from -32020 on for itself, and those of earlier ones are not used
// again: a server that says one of them is not heard as if Argus had said it.
func modernError(t turn, err *rpcError) *rpcError {
	uri, _ := text(t.params, "uri")
	switch {
	case t.method == "resources/read" && uri != "" && (err.code == codeNoResource || err.code == codeParams):
		return &rpcError{code: codeParams, text: err.text, data: append(ijson.AppendString([]byte(`{"uri":`), uri), '}')}
	case err.code == codeNoResource:
		return &rpcError{code: codeParams, text: err.text, data: err.data}
	case err.code == codeCapability:
		return missingCapability(err)
	case err.code >= codeLast && err.code <= codeHeader:
		return &rpcError{code: codeServer, text: err.text, data: err.data}
	}
	return err
}

// missingCapability is the error of a server that needs what the client did not state. Only what the protocol knows is told of it.
func missingCapability(err *rpcError) *rpcError {
	data, _ := ijson.Parse(err.data, ijson.AtMost(len(err.data)))
	required, _ := data.Member("requiredCapabilities")
	out := []byte(`{"requiredCapabilities":{`)
	none := len(out)
	for _, name := range []string{"sampling", "elicitation", "roots"} {
		v, needed := capability(required, name)
		if !needed {
			continue
		}
		if len(out) > none {
			out = append(out, ',')
		}
		out = ijson.AppendLine(append(ijson.AppendString(out, name), ':'), v)
	}
	if len(out) == none {
		return &rpcError{code: codeServer, text: err.text}
	}
	return &rpcError{code: codeCapability, text: err.text, data: append(out, '}', '}')}
}

// statusOf is the HTTP status that goes with an answer, as long as no stream has begun. Of the errors that come so late one is told by it.
func statusOf(a answer) int {
	if a.err != nil && a.err.code == codeCapability {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
