// Command probe tries, in place of a server, what a sandbox is to stop. It is a program of its own since no test program under the race
// detector starts where memory is limited.
package main

import (
	"os"

	"argus/plugin/sdk/conformance/sandboxkit/probe"
)

func main() { os.Exit(probe.Run(os.Args[1:])) }
