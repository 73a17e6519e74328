package mcp

import "argus/host/doorway"

// The socket beside the loopback address: its folder in the state folder, its name there, and the one Host of requests over it.
const (
	SocketFolder = "agents"
	SocketName   = "mcp.sock"
	SocketHost   = doorway.SocketHost
)
