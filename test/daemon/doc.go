// Package daemon runs the real argus for tests: the command, its plugins and its servers, built from this tree and started as a person
// starts them.
//
// It decides nothing and asserts little; what it starts it also ends, by process id. Everything lies in a folder of its own below the
// system's temporary folder, with a short name, since sockets are made in it.
package daemon
