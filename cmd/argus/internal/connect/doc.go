// Package connect carries MCP messages between the standard streams of a client and the daemon's socket, for clients that only speak over
// standard streams.
//
// It decides nothing about calls: each message that it carries comes before the same door, with the same token, as one over HTTP. It
// decides only where the token goes (package socket answers for who listens) and what a client is told while nobody does. It knows of the
// protocol what a transport must: which message answers which, the session of revision 2025-11-25, and the headers that revision
// 2026-07-28 derives from bodies.
//
// # What it trusts
//
// The daemon, which is of the same user. Of the client nothing: lines, open requests and what waits to be sent are bounded, and a line that
// is no message is answered and forgotten.
//
// # What it never does
//
// It never starts a daemon, never calls a server itself, and never sends a request a second time that may have had effect. It waits for
// nobody without a bound: a daemon that is down, dies or falls silent makes every open request an error at once, or within seconds.
package connect
