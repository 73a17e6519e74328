// Package faults breaks the plugins of a running daemon, one at a time and in many ways, and watches from outside: agents get a refusal
// or an error, and neither a server nor a vendor gets what no step in the journal allowed; the daemon goes on by itself once the plugin is
// well; nothing of it grows with the number of faults.
//
// The plugin that breaks is the program faulty. It stands in the configuration for the real one, runs that one as its child and
// carries all messages, so it is as good as real until it is told otherwise; then it tells to which answers it did so. Each kind suffers
// each fault that can be said of it, with uses on their way that the fault meets before their start, in the middle of a call, while
// something is held for its agent, and before something goes out.
package faults
