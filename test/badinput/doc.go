// Package badinput tests Argus end to end with input that is wrong on purpose: from agents, from servers, from plugins and in the
// configuration. It holds tests only.
//
// After each attack the daemon must answer an ordinary call, and at the end no server may have been asked for anything that the journal
// does not show as started before. Each case prints one line about what came of it: go test -v ./test/badinput.
package badinput
