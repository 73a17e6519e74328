// Package upstream runs the MCP servers behind Argus and speaks to them as their client.
//
// A Set owns one supervised process per Spec. It decides when a server is started, when it is ended, and which bytes that
// the server wrote are an answer to a call; nothing else the server says leaves this package, except its definitions, which
// the Observer gets, and its standard error, which goes to the log at a bounded rate and without the values of its environment.
//
// # What it trusts
//
// The Launcher, the helper it names and that helper's report. It trusts its caller to have judged a call before making it
// and to give parameters that were read strictly. It trusts nothing that a server writes: frames have a size limit and one
// strict reading, lists are bounded, and a server that breaks the protocol, floods or does not read is ended and started
// again, later each time.
//
// # What it never does
//
// It never starts a server whose helper reported less than the plan requires. It never forwards a server's question to
// anyone: ping is answered, every other request is told that the channel is closed, and notifications only cause lists to
// be read again. It never repeats a call. It never logs arguments, results or frames.
package upstream
