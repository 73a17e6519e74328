// Package real tests Argus with parts that others wrote: MCP servers from npm in their sandbox, and agents on the official SDKs for
// TypeScript and Go, in both eras. It holds tests only; without Node they say that they were skipped.
package real
