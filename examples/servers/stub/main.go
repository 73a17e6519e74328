// Stub is a small MCP server over standard input and output. It plays the tools
// of the stories in the protocol's page: a database with a secret, a mail
// account, a search engine, a shop, and so on.
//
// One process offers the tools named by -set or -tools, so that several can run
// under different confinement. Every call it accepts is one line in its log
// (-log) before anything else happens: what the log does not name did not run.
// What a tool sends "to the world" goes by HTTP POST to -collector, which must
// be on this machine; without a collector nothing leaves and the log alone tells.
//
// It speaks MCP 2025-11-25: initialize, ping, tools, prompts and resources. It
// trusts its client, as servers do: deciding what may be called is not its task.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

type settings struct {
	set, tools string
	log        string
	collector  string
	secret     string
	secretFile string
	folder     string
}

func main() {
	var s settings
	flag.StringVar(&s.set, "set", "stories", "offer a named set of tools: stories, mailbox or all")
	flag.StringVar(&s.tools, "tools", "", "offer these tools instead, separated by commas")
	flag.StringVar(&s.log, "log", filepath.Join(os.TempDir(), "calls.jsonl"), "append accepted calls to this file")
	flag.StringVar(&s.collector, "collector", "", "http URL on this machine that plays the outside world")
	flag.StringVar(&s.secret, "secret", "", "what read-db knows")
	flag.StringVar(&s.secretFile, "secret-file", "", "read what read-db knows from this file, at each call")
	flag.StringVar(&s.folder, "folder", "", "read-file reads below this folder")
	flag.Parse()
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "stub:", err)
		os.Exit(1)
	}
}

func run(s settings) error {
	offered, err := choose(s.set, s.tools)
	if err != nil {
		return err
	}
	if err := onThisMachine(s.collector); err != nil {
		return err
	}
	journal, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of calls: %w", err)
	}
	defer journal.Close()
	w := &world{
		collector:  s.collector,
		secret:     s.secret,
		secretFile: s.secretFile,
		folder:     s.folder,
	}
	return newServer(os.Stdin, os.Stdout, offered, w, &callLog{file: journal}).serve(context.Background())
}

// onThisMachine refuses a collector elsewhere: an example must not be a tool to
// send secrets over a network.
func onThisMachine(collector string) error {
	if collector == "" {
		return nil
	}
	u, err := url.Parse(collector)
	if err != nil {
		return errors.New("-collector is no URL")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "http" || !(strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()) {
		return errors.New("-collector must be an http URL on this machine, such as http://127.0.0.1:9000")
	}
	return nil
}
