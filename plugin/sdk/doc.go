// Package sdk holds what plugins of every kind share: the handshake, Describe and Configure, logging, and the host's side of
// a connection that comes and goes.
//
// An author does not start here but at the package of the kind: plugin/sdk/oracle, plugin/sdk/sandbox, plugin/sdk/registry or plugin/sdk/audit.
// Each has an interface to implement, a Serve that main calls, and the Client that the host uses.
//
// # Trust
//
// A Client trusts its plugin to decide, not to be free of bugs: every answer is checked for shape, size and for belonging to its
// question before anyone sees it, and what does not hold is a fault, never a decision. The author's side trusts the host, which
// started it, and is served over a socket that only the host can use.
//
// This package never reads JSON that an agent or a server wrote, and imports neither host nor kernel.
package sdk
