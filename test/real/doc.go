// Package real tests Argus with parts that others wrote: MCP servers from npm in their sandbox, and an agent on the official TypeScript
// SDK. It holds tests only; without Node they say that they were skipped.
package real
