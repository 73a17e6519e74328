// Package registry is for plugins that hold what is known and decided about tools and channels, and for the host that builds its
// theory from it.
//
// An author implements Registry and calls Serve from main. The host holds a Client, which shows the latest content. An entry about
// a tool or instructions is in force only while the digest of what the server says equals the entry's; the host compares, not the
// registry. An entry about another channel opens it; a channel without one is closed.
//
// # Trust
//
// A registry is trusted to have checked where its content comes from. The Client still refuses content with a name outside the
// catalogues, a malformed digest, an ambiguous or unbounded list; and content with problems carries nothing but its problems.
// Whether the theory made of it is well formed is the kernel's question.
package registry
