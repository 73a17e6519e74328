// Package pin writes the digests of definitions and instructions that a person has seen into the entries of one server.
//
// It decides the text of a file and nothing else: digests are replaced where they stand, so that comments and order stay, and
// tools without an entry get one with the strictest values, which deny until a person narrows them. It trusts neither the names
// nor the summaries of tools, which a server wrote: they are quoted or stripped, and bounded. It checks its own edit: the new
// text must read as the old one but for the digests and the new entries, or nothing is written.
package pin
