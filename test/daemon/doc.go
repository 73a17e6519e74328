// Package daemon runs the real argus for tests: an installation of internal/installed that ends with its test, what the test reads of it
// beside its commands, and a daemon that a test can end, look into and measure.
//
// It decides nothing and asserts little; what it starts it also ends, by process id. Everything lies in a folder of its own below the
// system's temporary folder, with a short name, since sockets are made in it.
package daemon
