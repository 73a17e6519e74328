// Package ijson is the one strict reading of JSON that came from outside.
//
// What is forwarded raw must have one reading: the schema check, the oracle,
// the gate and the digest read the tree made here, and the receiver gets the
// bytes. So Parse decides whether those bytes mean the same to every parser
// that could meet them, and refuses them otherwise. It keeps RFC 7493 (I-JSON)
// and more:
//
//   - member names are unique at every depth, compared after unescaping;
//   - text is valid UTF-8 without lone surrogates or noncharacters, and a
//     member name holds no NUL, at which some readers would cut it;
//   - nesting, bytes and the number of values are bounded by the caller;
//   - there is one value and nothing but whitespace around it;
//   - a number keeps its exact text, and Number says what a double makes of it.
//
// # What it trusts
//
// Nothing about its input. The bytes are copied once, so a caller who reuses
// its buffer cannot change a document that was already judged.
//
// # What it never does
//
// It never repairs, never recurses on input while parsing, never puts content
// into an error, and never compares names without regard to case: members that
// differ in case are different members. An envelope reader that faces receivers
// which fold case must ask for Value.Exact.
package ijson
