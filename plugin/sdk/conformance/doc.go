// Package conformance holds a plugin to the requirements of docs/plugin-author.md, over the wire and from outside: what it knows of a
// plugin is what the host knows.
//
// A Kit is the list of checks of one kind; the packages below have one each. Run plays a kit against a Plugin, which says how the
// plugin is started. There are two ways: sdktest.Conform serves Go code inside a test, and `argus plugin test` launches a binary in
// whatever language as the daemon does.
//
// # Trust
//
// A plugin under test can do what it likes on the wire. Every check has a deadline and reads bounded messages, and each starts the
// plugin anew, so that what one check broke does not count against another. A kit finds mistakes; it cannot prove a plugin honest.
package conformance
