// Package mcp is the door toward agents: an MCP server over streamable HTTP, on loopback and on a unix socket.
//
// It speaks two eras of the protocol on one endpoint: that of sessions, revision 2025-11-25, and the modern one, revision 2026-07-28, in which
// each request says all that is to be known of it. Which of them a message is of is seen from the message alone.
//
// It decides who asks and what the bytes of a request say, and nothing else: package mediate judges every request that could move
// content. A session is a convenience of the transport. It belongs to the principal that opened it, and it is never a context: all
// requests of a principal act as its present context, or as the declared one that the request names.
//
// # What it trusts
//
// The token, to prove a principal, on every request anew. Nothing else that a request says: the Host and Origin headers are held to
// lists, so that no web page reaches the door through the browser of the machine; the body has a size limit and one strict reading;
// connections, sessions, streams, requests and calls that wait for an answer are bounded, and so is the time that each step of a client may
// take. A request that goes on with a call of the modern era finds it only by a state that was drawn for it, and only as the principal, the
// context and the request to which that was given.
//
// # What it never does
//
// It never answers with what a request held, beyond the request's id, the token of its progress and the version or address that an error of the
// modern era must name. It never tells an agent the cause of a refusal or the inner text of a failure. It passes nothing on that the gate did
// not see: tasks, for which there is no gate, are closed and say so, and so is what a client says of itself outside an answer, such as that
// its roots have changed. What a server says or asks in the middle of a request goes over the response of that request, before its answer or,
// of a question in the modern era, as it; whoever is asked is the client that made the request, and nobody else can answer. Streams that a
// client opened carry the news that a list or a resource has changed, and log messages that belong to no request. No stream has event ids or
// can be resumed: whoever missed the news reads again, and a request whose response broke off is cancelled.
package mcp
