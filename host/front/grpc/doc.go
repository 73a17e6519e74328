// Package grpc is the door toward agent frameworks that drive Argus directly: gRPC, by the contract of proto/argus/agent/v1, on a unix socket of
// the state folder and, where one is configured, on an address with TLS.
//
// It decides whose a request is, and whether it says only what a client may say: a field that the contract does not have, the zero value of an
// enum, and bytes that are no message are refused before anything else. Everything that a request could be decided by is worked out behind it,
// by package mediate. It trusts a credential, which it proves before a byte of a request is read, and a signature of the operator key over the
// exact bytes of an act; it trusts nothing else that a client says of itself.
//
// # Bounds
//
// Connections of a listener and of a principal, streams of a connection, requests of a principal and the size of each message are bounded. A
// request has its turn until its handler has returned and its client has taken the answer, or is gone. So what the door holds for one principal is
// at most its Turns times a request and the longest answer. What a watcher has not read waits in memory once for all watchers, but for 256
// refusals of each; of a call's progress 64 messages wait, each with 4 KiB of text at most, and what comes beyond is dropped. Each listener has
// places of its own, and a connection that does not prove whose it is ends soon, so that strangers at the address keep nobody from the socket.
//
// There is one file for each service.
package grpc
