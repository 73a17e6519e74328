// Package sink kills the daemon and its audit sink while agents call, and compares what the sink has kept with the journal, record by record.
//
// It trusts neither: the journal is verified first, and what agents were answered is held to both.
package sink
