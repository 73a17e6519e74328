// Package llm is the door toward agents that talk to a model: a reverse proxy of the APIs of model vendors, on loopback.
//
// It decides whose a request is, what of it is new to the agent, and the order of things. What content brings, whether a call may be made and
// whether anything may go out is for package mediate; what the bytes of a vendor's API say is for the formats below this package.
//
// # Request side
//
// Results of tools complete the calls that they are of, everything else that is new to the agent is taken in by its label, and only then the
// request is checked against the sink of its upstream, byte for byte as it goes out. What was taken in once is recognised when the conversation is
// sent again. What was forgotten is taken in again, which is safe.
//
// # Response side
//
// Text flows as it comes. A call waits for its decision: it is forwarded as it came, or the client is told in its place, in words that are no
// instruction to a program, which rule refused it. The model is told the same when the conversation goes on. Where Argus runs tools of its own the
// conversation goes on behind one answer, for a bounded number of rounds.
//
// # What it trusts
//
// The token, on every request anew, and the client program as far as the threat model says: that it runs a call as it was allowed, and sends as a
// result what came of it. Nothing else of a request, and nothing that a vendor answers. Bodies, events, answers and rounds are bounded, and so is
// what is kept of each agent and the time that each step of either side may take.
//
// # What it never does
//
// It never sends the vendor a token of Argus, and never shows an agent a key of the vendor's. It never forwards a call that was not decided, nor
// bytes of which it does not know what they do. It never answers with what a request or an answer held, but for an error that the vendor itself
// gave.
package llm
