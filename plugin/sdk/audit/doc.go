// Package audit is the contract of audit sinks, for authors and for the host.
//
// A sink keeps what happened: accepted steps and refusals. The host gives it events in the order of the journal, at least once, from where the sink
// says that it stands; the journal stays the truth, and a sink that lost something is fed again. Where it stands is a step's number and the chain of
// that step's record, which no other journal has: the host feeds no sink that was fed from another one, and a sink takes nothing that does not follow
// what it has. No agent waits for a sink. It never decides
// anything; a sink that is required and lags too far keeps calls from starting, which is the host's decision.
//
// A sink sees who called what, and no arguments, no results and no secrets: the host has none of them in its record.
package audit
