// Package upstream runs the MCP servers behind Argus and speaks to them as their client.
//
// A Set owns one supervised process per Spec. It decides when a server is started, when it is ended, and which bytes that
// the server wrote are an answer to a call, a word in the middle of one, or news outside any. The Observer gets its definitions and its
// news; its standard error goes to the log at a bounded rate and without the values of its environment.
//
// # In the middle of a call
//
// Progress says by a token of our own to which call it belongs. Questions and log messages say nothing of the kind. To a server for which a
// channel of that kind is declared, the calls of different agents therefore take turns; what it says is said to the agent in flight, in the
// newest of its calls that can take it (docs/adr/0009-attribution-by-turns.md). A question ends with its call: withdrawn from the
// client, and answered as closed. What is not declared, what the client cannot answer and what is malformed never reaches a Listener.
//
// # Two eras
//
// A server of MCP 2026-07-28 is told in each request who makes it and what its client can answer; it asks in the answer to a request, which
// is then made again with what was answered and with the state that the server gave, which never leaves this package; it is listened to by
// subscriptions/listen. A server of an earlier revision is told once, in initialize, and asks in the middle. Each server is asked for the
// modern era first; whatever is no sign of it is taken for the older one. Callers see no difference: the rounds of a call are one call,
// resources/subscribe and logging/setLevel mean the same toward both, and a [Reply] is without the members that belong to the wire
// (resultType, ttlMs, cacheScope, and what _meta holds for the protocol). A subscription ends with its server's life, as a call does.
//
// Two things a caller can tell. A modern server cannot be told that a question was declined: the call ends with the words of that instead. And
// a modern server that breaks the rules of its rounds loses that call, not its life: no other call is in doubt.
//
// # What it trusts
//
// The Launcher, the helper it names and that helper's report. It trusts its caller to have judged a call before making it
// and to give parameters that were read strictly. It trusts nothing that a server writes: frames have a size limit and one
// strict reading, of an answer beyond the limit nothing is read but which call it ends, lists, questions, notices and news are bounded, and a server that breaks the protocol, floods or does not read is ended and started
// again, later each time.
//
// # Where it starts servers
//
// On Linux, where the helper that was verified is executed through its descriptor and gets a signal when the daemon dies. On macOS there is no
// way to execute a file but by a name, and a helper learns of the daemon's death from its lifeline alone, so no server is started there. Only a
// sandbox for macOS, which there is not, could say what takes the place of both.
//
// # What it never does
//
// It never starts a server whose helper reported less than the plan requires. It never repeats a call. It never passes on what a
// server says to a Listener whose call is over, and never judges what may be passed on: whoever listens must. It never logs arguments,
// results or frames.
package upstream
