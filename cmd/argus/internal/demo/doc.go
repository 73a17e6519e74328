// Package demo plays attacks and everyday tasks of agents: first with nothing between agent and tools, then through a daemon of this
// very program, with its plugins, its default policies and every server in its sandbox.
//
// It acts as a person would: it runs argus init, argus serve, argus registry pin, argus agent new and the rest, and plays each story by
// client processes that speak MCP. No part of the daemon runs in this process.
//
// # What it decides
//
// Whether a story ended as it must, and only from evidence that is read after the run: what the collector, which stands for the world
// outside, received; what each server wrote into its own log; and what argus agent list says of the exposure of agents. That a client was
// told of a refusal proves nothing here. Each story has a secret of its own, so a leak is laid to the story that leaked. A story that could
// not be played as it is told counts as lost, whatever its kind.
//
// # What it never does
//
// It never shows or logs a secret or a token, never sends anything off this machine, and leaves no process behind.
package demo
