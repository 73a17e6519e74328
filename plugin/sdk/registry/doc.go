// Package registry is for plugins that hold what is known and decided about tools, and for the host that builds its theory from it.
//
// An author implements Registry and calls Serve from main. The host holds a Client, which shows the latest content. An entry is
// in force only while the digest of the server's definition equals the entry's; the host compares, not the registry.
//
// # Trust
//
// A registry is trusted to have checked where its content comes from. The Client still refuses content with a name outside the
// catalogues, a malformed digest, an ambiguous or unbounded list; and content with problems carries nothing but its problems.
// Whether the theory made of it is well formed is the kernel's question.
package registry
