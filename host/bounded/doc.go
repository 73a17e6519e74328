// Package bounded measures how much an output can say, and lets out nothing
// else.
//
// A tool whose output schema admits N values can tell an agent at most log₂ N
// bits, whatever the tool has read. Of decides whether a schema admits a finite
// number of values, and counts them; Encode releases one of them, as its
// canonical encoding and nothing beside it. The number of distinct outputs of
// Encode is therefore at most the number counted, and a secret cannot ride in
// an extra member, in whitespace, in the spelling of a number or in an escape.
//
// # What is bounded
//
// null, boolean, const, enum, integer with both bounds, arrays with maxItems
// and bounded items, objects whose members are all named by bounded properties
// and which forbid others, and oneOf or anyOf of these. Nothing else is: a
// keyword that this package does not count is an error that names it, never
// ignored. Annotations (title, description, default, examples, $schema,
// $comment) are.
//
// # What it trusts
//
// Only package ijson: equal values have one canonical encoding. Counting and
// admitting walk the same structure; no other reading of the schema is asked.
//
// # What it never does
//
// It never decides that a bounded value is harmless: bits bound what leaks, not
// what a chosen value can do. It never puts a value into an error.
package bounded
