package mcp

import (
	"encoding/base64"
	"net/http"
	"strings"

	"argus/host/mediate"
	"argus/internal/ijson"
)

// The headers in which a request of the modern era repeats parts of its body for those who do not read it. Argus judges the body; the headers
// are held to it so that nobody on the way can have judged something else.
const (
	headerMethod = "Mcp-Method"
	headerName   = "Mcp-Name"
	headerParam  = "Mcp-Param-"
)

func mismatch(header string) *rpcError {
	return &rpcError{code: codeHeader, text: "the header " + header + " is missing, malformed or not what the body says"}
}

// named are the methods whose subject a header repeats, with the member of params that it is.
var named = map[string]string{"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

// checkHeaders compares the headers of a request with its method and subject.
func checkHeaders(h http.Header, m message) *rpcError {
	if method := h[headerMethod]; len(method) != 1 || method[0] != m.method {
		return mismatch(headerMethod)
	}
	member, has := named[m.method]
	if !has {
		return nil
	}
	subject, given := text(m.params, member)
	sent, ok := decoded(h, headerName)
	if !ok || given != (len(h[headerName]) > 0) || sent != subject {
		return mismatch(headerName)
	}
	return nil
}

const (
	encodedHead = "=?base64?"
	encodedTail = "?="
)

// decoded reads a header whose value may be encoded. A header that was not sent has no value, which is no fault here.
func decoded(h http.Header, name string) (value string, ok bool) {
	sent := h[http.CanonicalHeaderKey(name)]
	if len(sent) == 0 {
		return "", true
	}
	if len(sent) > 1 || !plain(sent[0]) {
		return "", false
	}
	inner, begins := strings.CutPrefix(sent[0], encodedHead)
	inner, ends := strings.CutSuffix(inner, encodedTail)
	if !begins || !ends {
		return sent[0], true
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(inner)
	return string(raw), err == nil
}

// plain reports whether a value is of the characters that a header may have.
func plain(value string) bool {
	for i := range len(value) {
		if c := value[i]; c != '\t' && (c < ' ' || c > '~') {
			return false
		}
	}
	return true
}

// checkParams compares the headers that repeat arguments of a tool with the arguments. Which are repeated is pinned with the tool's
// definition; a tool that the caller does not see has none.
func (f *Front) checkParams(h http.Header, who mediate.Caller, params ijson.Value) *rpcError {
	name, _ := text(params, "name")
	arguments, _ := params.Member("arguments")
	for _, item := range f.Mediator.Visible(who) {
		if item.Name != name || !strings.Contains(string(item.Listing), annotation) {
			continue
		}
		schema, _ := ijson.MustParse(item.Listing).Member("inputSchema")
		for header, path := range mirrored(schema) {
			if !mirrors(h, header, argument(arguments, path)) {
				return mismatch(header)
			}
		}
	}
	return nil
}

// annotation marks a property of an input schema that a header repeats.
const annotation = "x-mcp-header"

// mirrored finds the annotated properties of a schema, by header, each with the way to it. A schema with an annotation that the protocol does
// not allow has none: clients do not call such a tool.
func mirrored(schema ijson.Value) map[string][]string {
	found := map[string][]string{}
	if !mirroredUnder(schema, nil, found) || len(found) != annotations(schema) {
		return nil
	}
	return found
}

func mirroredUnder(schema ijson.Value, path []string, found map[string][]string) bool {
	properties, _ := schema.Member("properties")
	for name, property := range properties.Members() {
		at := append(path[:len(path):len(path)], name)
		if mark, has := property.Member(annotation); has {
			text, _ := mark.Text()
			header := http.CanonicalHeaderKey(headerParam + text)
			if _, taken := found[header]; taken || !isToken(text) || !primitive(property) {
				return false
			}
			found[header] = at
		}
		if !mirroredUnder(property, at, found) {
			return false
		}
	}
	return true
}

// annotations counts the annotations of a schema wherever they stand. A property may itself have the annotation's name; then it is an object.
func annotations(v ijson.Value) int {
	n := 0
	for name, member := range v.Members() {
		if name == annotation && member.Kind() != ijson.Object {
			n++
		} else {
			n += annotations(member)
		}
	}
	for _, item := range v.Items() {
		n += annotations(item)
	}
	return n
}

func primitive(property ijson.Value) bool {
	switch kind, _ := text(property, "type"); kind {
	case "string", "integer", "boolean":
		return true
	}
	return false
}

// isToken reports whether text can be a part of a header's name.
func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return text != ""
}

// askedParams are the headers for arguments that a browser asks whether it may send. Which of them mean anything depends on the tool.
func askedParams(h http.Header) (names []string) {
	for name := range strings.SplitSeq(h.Get("Access-Control-Request-Headers"), ",") {
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		if rest, is := strings.CutPrefix(name, headerParam); is && isToken(rest) {
			names = append(names, name)
		}
	}
	return names
}

// argument is the value at the end of a way through objects; the zero Value if there is none.
func argument(arguments ijson.Value, path []string) ijson.Value {
	for _, name := range path {
		arguments, _ = arguments.Member(name)
	}
	return arguments
}

// mirrors reports whether a header says what an argument is. An argument that no header can repeat is left to the schema, which does not admit it.
func mirrors(h http.Header, header string, v ijson.Value) bool {
	sent, ok := decoded(h, header)
	said := len(h[header]) > 0
	switch v.Kind() {
	case ijson.Invalid, ijson.Null:
		return !said
	case ijson.String:
		text, _ := v.Text()
		return ok && said && sent == text
	case ijson.Numeric:
		return ok && said && sameInteger(sent, v)
	case ijson.Bool:
		return ok && said && sent == v.Raw()
	}
	return true
}

// sameInteger compares as numbers: 42.0 is 42.
func sameInteger(sent string, v ijson.Value) bool {
	read, err := ijson.ParseString(sent, ijson.AtMost(len(sent)))
	if err != nil {
		return false
	}
	a, _ := read.Number()
	b, _ := v.Number()
	m, whole := a.Int64()
	n, integer := b.Int64()
	return whole && integer && m == n
}
