// Package sandboxkit holds a sandbox to its requirements. It runs the helper that a plan names, with a probe in place of a server, which
// tries what the plan's protections are to stop. Each attempt is made without the sandbox too: one that fails there shows nothing, and
// is told as that.
//
// It runs the plugin's helper as the user who tests it. What the helper does is as trusted as the helper.
package sandboxkit
