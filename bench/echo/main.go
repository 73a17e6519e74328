// Command echo is the MCP server that the bench calls: over stdio, or with --http over streamable HTTP itself, which is what "direct" means.
//
// It answers a call with the very bytes of its arguments, so that whoever sent them can see what arrived. It keeps no sessions and checks
// no names: it is the floor that every gateway before it is measured from.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	address := flag.String("http", "", "serve HTTP at this loopback `address`, and print the one that it got")
	flag.Parse()
	serve := func() error { return serveLines(os.Stdin, os.Stdout) }
	if *address != "" {
		serve = func() error { return serveHTTP(*address, os.Stdout) }
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}
