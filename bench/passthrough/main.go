// Command passthrough is a gateway between MCP over HTTP and one MCP server over stdio that does nothing but carry bytes: no policy, no
// record, no sandbox, and of each message it reads only where its id stands, because ids of several clients must not meet at the server.
//
// It is what a gateway costs at least, and what the bench compares Argus with.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	address := flag.String("http", "127.0.0.1:0", "serve at this loopback `address`, and print the one that it got")
	alter := flag.Bool("alter", false, "change a byte of each answer, to see that it is noticed")
	flag.Parse()
	if err := run(*address, *alter, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "passthrough:", err)
		os.Exit(1)
	}
}

func run(address string, alter bool, command []string) error {
	if len(command) == 0 {
		return fmt.Errorf("name the server's program")
	}
	up, err := start(command)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/mcp\n", l.Addr())
	server := &http.Server{Handler: &gateway{up: up, alter: alter}, ReadHeaderTimeout: 5 * time.Second}
	return server.Serve(l)
}
