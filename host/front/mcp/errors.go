package mcp

import (
	"errors"
	"net/http"

	"argus/host/fault"
	"argus/host/mediate"
)

// Codes of JSON-RPC and of MCP, and Argus's own in the range that is left to servers.
const (
	codeParse          = -32700
	codeInvalidRequest = -32600
	codeMethod         = -32601
	codeParams         = -32602
	codeInternal       = -32603
	codeSession        = -32001
	codeNoResource     = -32002
	codeRefused        = -32003
	codeUnavailable    = -32010
	codeTimeout        = -32011
	codeStale          = -32012
	codeHalted         = -32013
	codeServer         = -32000
	codeLast           = -32099 // of those left to servers
	codeHeader         = -32020
	codeCapability     = -32021
	codeVersion        = -32022
)

// rpcError is an error answer. Its text is fixed, or describes the agent's own request without repeating it.
type rpcError struct {
	code int64
	text string
	data []byte // raw JSON on one line, or nil
}

// denial is an error answer that the HTTP status tells as well.
type denial struct {
	status int
	rpcError
}

func deny(status int, text string) *denial {
	return &denial{status, rpcError{code: codeInvalidRequest, text: text}}
}

// What is said before there is a message to answer.
var (
	deniedHost = deny(http.StatusForbidden,
		"the Host header must name this machine: 127.0.0.1, [::1] or localhost, with the port that Argus listens on")
	deniedOrigin      = deny(http.StatusForbidden, "this web origin is not allowed: a person can add it to mcp.allowed_origins")
	deniedPath        = deny(http.StatusNotFound, "there is nothing here: the endpoint is "+Path)
	deniedHeader      = deny(http.StatusBadRequest, "a header that may be sent once was sent twice")
	deniedMethod      = deny(http.StatusMethodNotAllowed, "use POST, GET or DELETE")
	deniedToken       = deny(http.StatusUnauthorized, "a known bearer token, neither expired nor revoked, is required: `argus agent new NAME` or `argus agent token NAME` makes one; send it as `Authorization: Bearer TOKEN`")
	deniedAgent       = deny(http.StatusForbidden, "this agent has no present context: a person can make one with `argus agent fresh NAME`")
	deniedContext     = deny(http.StatusBadRequest, "the "+mediate.ContextHeader+" header names no context that this agent may act as")
	deniedMedia       = deny(http.StatusUnsupportedMediaType, "the body must be application/json in UTF-8")
	deniedAccept      = deny(http.StatusNotAcceptable, "the client must accept application/json or text/event-stream")
	deniedStream      = deny(http.StatusNotAcceptable, "the client must accept text/event-stream")
	deniedBody        = deny(http.StatusBadRequest, "this request must have no body")
	deniedLarge       = deny(http.StatusRequestEntityTooLarge, "the request is larger than mcp.max_request_bytes allows")
	deniedSlow        = deny(http.StatusRequestTimeout, "the body of the request did not arrive in time, or not whole")
	deniedMany        = deny(http.StatusTooManyRequests, "too many requests of this agent are open: wait for an answer")
	deniedRoom        = deny(http.StatusTooManyRequests, "too many sessions of this agent are in use: end one")
	deniedNoneYet     = deny(http.StatusBadRequest, "send initialize first, and then its Mcp-Session-Id with every request")
	deniedAgain       = deny(http.StatusBadRequest, "this session is initialized already")
	deniedVersion     = deny(http.StatusBadRequest, "this MCP-Protocol-Version is not supported: use "+revision)
	deniedTwice       = deny(http.StatusBadRequest, "a request of this id is open in this session")
	deniedResponse    = deny(http.StatusBadRequest, "clients of this protocol version send no responses")
	deniedSubscribers = deny(http.StatusTooManyRequests, "too many subscriptions of this agent are open: end one")
	deniedClosing     = deny(http.StatusServiceUnavailable, "Argus is closing")
	deniedSession     = &denial{http.StatusNotFound, rpcError{code: codeSession, text: "there is no such session: send initialize"}}
)

var (
	closedMethod      = &rpcError{code: codeMethod, text: "closed by Argus: no agent may ask for this"}
	unknownMethod     = &rpcError{code: codeMethod, text: "there is no such method"}
	wrongParams       = &rpcError{code: codeParams, text: "the params are not those of this method"}
	wrongCursor       = &rpcError{code: codeParams, text: "the cursor was not given by this server: lists come whole"}
	noResource        = &rpcError{code: codeNoResource, text: "there is no such resource, or its address does not say which server has it"}
	manySubscriptions = &rpcError{code: codeParams, text: "too many resources are subscribed to in this session: unsubscribe from one"}
	noPrompt          = &rpcError{code: codeParams, text: "there is no such prompt"}
)

// What an agent is told of each kind of failure. The cause stays in the log.
var told = map[fault.Kind]*rpcError{
	fault.Invalid:     {code: codeParams, text: "Argus cannot carry out this request as it is."},
	fault.Unavailable: {code: codeUnavailable, text: "A part that this call needs is not available now."},
	fault.Timeout:     {code: codeTimeout, text: "No answer came in time, or the call was cancelled."},
	fault.Stale:       {code: codeStale, text: "What the call was judged by has changed. Try again."},
	fault.Halted:      {code: codeHalted, text: "Argus allows nothing now: its operator must look at `argus status`."},
	fault.Bug:         {code: codeInternal, text: "Argus failed to carry out this call."},
}

// failed maps a fault to what an agent is told.
func (f *Front) failed(err error, method string) *rpcError {
	kind := fault.KindOf(err)
	if kind == fault.Bug {
		f.Logger.Error("a request failed", "method", method, "error", err)
	} else {
		f.Logger.Debug("a request failed", "method", method, "kind", kind, "error", err)
	}
	answer, ok := told[kind]
	if !ok {
		answer = told[fault.Bug]
	}
	switch kind {
	case fault.Unavailable, fault.Timeout, fault.Bug:
		return &rpcError{code: answer.code, text: answer.text + effect(err)}
	}
	return answer
}

// effect says whether a call that failed can have done something.
func effect(err error) string {
	var begun mediate.Begun
	if errors.As(err, &begun) {
		return " It may have had effect."
	}
	return " Nothing had effect."
}

// ownFault maps a fault of one of Argus's own tools. An invalid request is told with its cause, which is about the agent's own arguments.
func (f *Front) ownFault(err error, tool string) *rpcError {
	var e *fault.Error
	if errors.As(err, &e) && e.Kind == fault.Invalid && e.Plugin == "" && e.Cause != nil {
		return &rpcError{code: codeParams, text: tool + ": " + e.Cause.Error()}
	}
	return f.failed(err, tool)
}

// relayed is a server's own error, with its data. A server may say that it was asked wrongly and use the codes left to servers, but not speak
// with one that Argus gives a meaning of its own.
func relayed(failure *mediate.Failure) *rpcError {
	code := failure.Code
	if code != codeParams && (code < codeLast || code > codeServer || ours(code)) {
		code = codeServer
	}
	return &rpcError{code: code, text: failure.Message, data: failure.Data}
}

func ours(code int64) bool {
	switch code {
	case codeSession, codeRefused, codeUnavailable, codeTimeout, codeStale, codeHalted:
		return true
	}
	return false
}

// refusalText is all that an agent is told of a refusal.
func refusalText(r *mediate.Refusal) string {
	text := "Argus refused this call (rule " + r.Rule + "): " + r.Sentence + " Reference " + string(r.Reference) + "."
	if r.Detail != "" {
		text += " " + r.Detail
	}
	return text
}
