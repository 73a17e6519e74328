// Package sandbox is for plugins that say how to start a server confined, and for the host that starts it.
//
// An author implements Sandbox and calls Serve from main. The host holds a Client. A sandbox never starts a server and never sees
// a secret: it answers with a helper from the plugin folder and its arguments; the host appends the server's own argv.
//
// # Trust
//
// A sandbox is trusted to know its kernel. The Client still checks that a plan belongs to its request, that the helper is a plain
// file name with a checksum, and that the plan promises every protection that the host requires. That a promise was kept is told
// by the helper's own report, which the host reads: see package report.
package sandbox
