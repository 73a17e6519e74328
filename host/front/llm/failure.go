package llm

import (
	"cmp"
	"errors"
	"net/http"

	"argus/host/fault"
	"argus/host/front/llm/wire"
	"argus/host/mediate"
)

func deny(status int, code, message string) *wire.Failure {
	return &wire.Failure{Status: status, Code: code, Message: message}
}

// What is said of a request before anything of it is judged. The text is fixed, or describes the request without repeating it.
var (
	deniedHost = deny(http.StatusForbidden, "host",
		"The Host header must name this machine: 127.0.0.1, [::1] or localhost, with the port that Argus listens on.")
	deniedOrigin = deny(http.StatusForbidden, "origin", "No web page may talk to models through Argus.")
	deniedToken  = deny(http.StatusUnauthorized, "invalid_api_key",
		"A known token of Argus, neither expired nor revoked, is required in place of the vendor's key: `argus agent new NAME` or `argus agent token NAME` makes one.")
	deniedAgent    = deny(http.StatusForbidden, "no_agent", "This agent has no present context: a person can make one with `argus agent fresh NAME`.")
	deniedContext  = deny(http.StatusBadRequest, "context", "The "+mediate.ContextHeader+" header names no context that this agent may act as.")
	deniedHeader   = deny(http.StatusBadRequest, "header", "A header that may be sent once was sent twice.")
	deniedUpstream = deny(http.StatusNotFound, "unknown_upstream", "There is no such upstream: the path begins with the name of one that the configuration gives a url.")
	deniedPath     = deny(http.StatusNotFound, "unknown_path", "Argus does not let this path of the vendor pass: a person can add it to the upstream's `pass` in the configuration.")
	deniedQuery    = deny(http.StatusBadRequest, "query", "Argus does not know what this query asks of the vendor.")
	deniedMany     = deny(http.StatusTooManyRequests, "limit", "Too many requests of this agent are open: wait for an answer.")
	deniedBusy     = deny(http.StatusServiceUnavailable, "unavailable", "Argus has no room for so large a request now: try again.")
	deniedClosing  = deny(http.StatusServiceUnavailable, "unavailable", "Argus is closing.")
	deniedLarge    = deny(http.StatusRequestEntityTooLarge, "too_large", "The request is larger than llm.max_request_bytes allows.")
	deniedSlow     = deny(http.StatusRequestTimeout, "timeout", "The body of the request did not arrive in time, or not whole.")
	deniedMedia    = deny(http.StatusUnsupportedMediaType, "media_type", "The body must be application/json, alone or compressed by gzip.")
	deniedGzip     = deny(http.StatusBadRequest, "invalid_request", "The body is no gzip.")
	deniedHistory  = deny(http.StatusForbidden, "history", "What the vendor keeps of this conversation did not come to this agent through Argus: send the conversation itself.")
	deniedLeak     = deny(http.StatusBadRequest, "token", "What would go to the vendor holds the token of Argus.")
	deniedLong     = deny(http.StatusBadRequest, "header", "A header that would go to the vendor is longer than Argus lets by.")
	deniedTwice    = deny(http.StatusBadRequest, "invalid_request", "Two tools of one name are declared.")
)

// What is said of an answer that the vendor did not give as it should.
var (
	failedReach  = deny(http.StatusBadGateway, "unavailable", "The vendor of the model cannot be reached.")
	failedStall  = deny(http.StatusGatewayTimeout, "timeout", "The vendor of the model did not answer in time.")
	failedEnded  = deny(http.StatusUnauthorized, "invalid_api_key", "The token of Argus by which this was asked has ended.")
	failedClient = deny(http.StatusRequestTimeout, "timeout", "The client did not take the answer in time.")
	failedStatus = "The vendor of the model answered with an error that is not of its API."
	failedCut    = deny(http.StatusBadGateway, "broken_answer", "The answer of the model's vendor ended before it was whole.")
	failedBroken = "broken_answer"
	brokenKey    = wire.Broken{What: "it holds the vendor's key"}
)

// told is what an agent is told of each kind of fault. The cause stays in the log.
var told = map[fault.Kind]*wire.Failure{
	fault.Invalid:     deny(http.StatusBadRequest, "invalid_request", "Argus cannot carry out this request as it is."),
	fault.Unavailable: deny(http.StatusServiceUnavailable, "unavailable", "A part that this request needs is not available now."),
	fault.Timeout:     deny(http.StatusGatewayTimeout, "timeout", "No decision came in time, or the request was cancelled."),
	fault.Stale:       deny(http.StatusServiceUnavailable, "stale", "What the request was judged by has changed. Try again."),
	fault.Halted:      deny(http.StatusServiceUnavailable, "halted", "Argus allows nothing now: its operator must look at `argus status`."),
	fault.Bug:         deny(http.StatusInternalServerError, "internal", "Argus failed to carry out this request."),
}

// ended is the error of an answer of which it is known already what its agent is told.
type ended struct{ failure *wire.Failure }

func (e ended) Error() string { return e.failure.Message }

// failed maps an error to what an agent is told.
func (f *Front) failed(err error) *wire.Failure {
	var broken wire.Broken
	var invalid wire.Invalid
	var over ended
	switch {
	case errors.As(err, &over):
		return over.failure
	case errors.As(err, &broken):
		f.Logger.Info("an answer was not forwarded", "problem", broken.What)
		return deny(http.StatusBadGateway, failedBroken, "Argus ends this answer: "+broken.Error()+".")
	case errors.As(err, &invalid):
		return deny(http.StatusBadRequest, cmp.Or(invalid.Code, "invalid_request"), "Argus does not let this request pass. "+invalid.Error()+".")
	}
	kind := fault.KindOf(err)
	if kind == fault.Bug {
		f.Logger.Error("a request failed", "error", err)
	} else {
		f.Logger.Debug("a request failed", "kind", kind, "error", err)
	}
	if answer, ok := told[kind]; ok {
		return answer
	}
	return told[fault.Bug]
}

// refused is what an agent is told of a request that was refused as a whole.
func refused(r *mediate.Refusal) *wire.Failure {
	status := http.StatusForbidden
	if r.Rule == mediate.RuleLimit {
		status = http.StatusTooManyRequests
	}
	return &wire.Failure{
		Status: status, Code: r.Rule, Reference: string(r.Reference),
		Message: "Argus refused this request (rule " + r.Rule + "): " + r.Sentence + " Reference " + string(r.Reference) + ".",
	}
}
