// Package schema decides whether a value conforms to a JSON Schema, where both
// may come from someone who wants the check to hang, to lie or to leak.
//
// Compile takes the schema a server declares and Check the value that is about
// to be forwarded, both as package ijson read them, so that the check and the
// receiver see the same bytes and 2^53+1 is not rounded on the way.
//
// # Dialects
//
// A schema without "$schema" is draft 2020-12. Draft-07, 2019-09 and 2020-12
// are read when named; any other name is refused. "format" asserts in draft-07
// and is an annotation in the others, as those drafts say. Keywords that none
// of the three knows are dropped. Patterns are those of Go's regexp, which run
// in linear time; a pattern that needs backtracking (look-ahead, back
// references) does not compile, and "." matches every character but a line
// feed.
//
// # Bounds
//
// Nothing is ever loaded: a reference must point into its own document, at a
// place that holds a schema, and "$id" may not open a second document inside
// the first. Size, depth, patterns and numbers of a schema are bounded before
// the library that does the work sees it, which also bounds the time of
// compiling. Before each check the work is counted on a plan of the schema, and
// a check that would need more than about 250,000 schema visits is refused
// instead of run: references can multiply, so a small schema and a small value
// can otherwise mean years. A schema may refer to itself as long as each turn
// goes one level deeper into the value.
//
// # What it trusts
//
// The library santhosh-tekuri/jsonschema to judge a schema and value within
// these bounds. A panic in it is a refusal.
//
// # What it never does
//
// It never opens a file or connection, never puts a value into an error, and
// never puts schema text into one beyond the names of places (ijson.Place).
package schema
