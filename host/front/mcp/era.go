package mcp

import (
	"context"
	"net/http"

	"argus/host/doorway"
	"argus/host/upstream"
	"argus/internal/ijson"
)

// modern is the revision in which every request says all that is to be known of it: its version, its client and what that client can answer.
// There is no session, and nothing of one request is inferred from another.
const modern = "2026-07-28"

// What a request of that revision says of itself in its _meta.
const (
	metaVersion      = "io.modelcontextprotocol/protocolVersion"
	metaCapabilities = "io.modelcontextprotocol/clientCapabilities"
	metaLogLevel     = "io.modelcontextprotocol/logLevel"
	metaProgress     = "progressToken"
	metaServer       = "io.modelcontextprotocol/serverInfo"
	metaSubscription = "io.modelcontextprotocol/subscriptionId"
)

// isModern reports whether a message is of the modern era. Either sign is enough: what says it by the header alone or in the body alone is held
// to the rules of that era and refused by them, never taken for a message of the other.
func isModern(r *http.Request, m message) bool {
	meta, _ := m.params.Member("_meta")
	_, said := meta.Member(metaVersion)
	return said || r.Header.Get(headerVersion) == modern
}

// terms are what a request of the modern era says of itself.
type terms struct {
	abilities upstream.Abilities
	logLevel  string // the least level of log messages that it wants; empty for none
	progress  string // its token as it was written; empty for none
}

// maxVersion bounds the version that an error repeats.
const maxVersion = 64

var (
	wrongMeta = &rpcError{code: codeParams, text: "params._meta must hold " + metaVersion + " and " + metaCapabilities}
	wrongTerm = &rpcError{code: codeParams, text: "a member of params._meta is not what the protocol says"}
)

// readTerms reads what a request says of itself, and holds the header to it.
func readTerms(r *http.Request, params ijson.Value) (terms, *rpcError) {
	meta, _ := params.Member("_meta")
	version, ok := text(meta, metaVersion)
	capabilities, _ := meta.Member(metaCapabilities)
	if !ok || len(version) > maxVersion || capabilities.Kind() != ijson.Object ||
		meta.Exact(metaVersion, metaCapabilities, metaLogLevel, metaProgress) != nil {
		return terms{}, wrongMeta
	}
	if r.Header.Get(headerVersion) != version {
		return terms{}, mismatch(headerVersion)
	}
	if version != modern {
		return terms{}, unsupported(version)
	}
	able, ok := readAbilities(capabilities)
	if !ok {
		return terms{}, wrongMeta
	}
	t := terms{abilities: able, progress: progressToken(params)}
	if level, said := meta.Member(metaLogLevel); said {
		t.logLevel, _ = level.Text()
		if upstream.SeverityOf(t.logLevel) == 0 {
			return terms{}, wrongTerm
		}
	}
	if _, said := meta.Member(metaProgress); said && t.progress == "" {
		return terms{}, wrongTerm
	}
	return t, nil
}

// unsupported tells which versions there are. The one that was asked for is repeated, as the protocol wants it.
func unsupported(requested string) *rpcError {
	data := append([]byte(`{"supported":`), versions...)
	data = ijson.AppendString(append(data, `,"requested":`...), requested)
	return &rpcError{code: codeVersion, text: "this protocol version is not supported", data: append(data, '}')}
}

// versions are those of the modern era only: whoever looks for an earlier one sends initialize.
var versions = []byte(`["` + modern + `"]`)

// modernMethods are those of the modern era.
var modernMethods = map[string]bool{
	"server/discover": true, "subscriptions/listen": true, "tools/list": true, "tools/call": true, "prompts/list": true, "prompts/get": true,
	"resources/list": true, "resources/templates/list": true, "resources/read": true, "completion/complete": true,
}

// takeModern answers a message of the modern era.
func (f *Front) takeModern(r *http.Request, x *exchange, t turn) {
	switch t.kind {
	case notification: // there is none that means anything over HTTP
		f.done(x.w, http.StatusAccepted)
		return
	case response:
		f.refuse(x.w, deniedResponse)
		return
	}
	said, denied := f.admit(r, t)
	if denied != nil {
		x.refuse(denied)
		return
	}
	if !x.takes.json {
		x.stream()
	}
	switch {
	case t.method == "subscriptions/listen":
		f.listen(r, x, t)
	case asks[t.method]:
		f.converse(r, x, t, said)
	default:
		f.answerModern(r.Context(), x, t, said)
	}
}

// admit holds a request to the rules of its era before anything is made of it.
func (f *Front) admit(r *http.Request, t turn) (terms, *denial) {
	said, wrong := readTerms(r, t.params)
	if wrong == nil {
		wrong = checkHeaders(r.Header, t.message)
	}
	if wrong == nil && !modernMethods[t.method] {
		return terms{}, &denial{http.StatusNotFound, *unknownMethod}
	}
	// What comes over the socket was written to a standard stream, where the protocol has no such headers, and nobody on the way judges by any.
	if wrong == nil && t.method == "tools/call" && !doorway.OverSocket(r) {
		wrong = f.checkParams(r.Header, t.who, t.params)
	}
	if wrong != nil {
		return terms{}, &denial{http.StatusBadRequest, *wrong}
	}
	return said, nil
}

// answerModern carries out a request that is never answered with a question.
func (f *Front) answerModern(ctx context.Context, x *exchange, t turn, said terms) {
	ctx, stop := f.running.begin(ctx)
	defer stop()
	if t.method == "server/discover" {
		x.conclude(f.completed(t, f.discover(t)))
		return
	}
	t.client = newRound(x, said)
	x.conclude(f.completed(t, f.dispatch(ctx, t)))
}

// conclude writes an answer of the modern era, with its status.
func (x *exchange) conclude(a answer) { x.finish(statusOf(a), a) }
