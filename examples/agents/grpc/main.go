// Grpc is an agent framework in small: it drives a running `argus serve` over gRPC, with a tree of agents of which each has met something
// else, and says what it does.
//
// It expects the server examples/servers/stub under the prefix "s", where read-db brings what is sensitive and send-email goes to the network,
// and a principal with declared contexts:
//
//	argus agent new team --context declared --token-file team.token
//	go run ./examples/agents/grpc -socket STATE/agents/grpc.sock -token-file team.token
//
// It judges nothing and trusts no answer of its own making: what may be shown to an agent is what Argus answered. It ends with status 1 at
// the first answer that it did not expect.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// most bounds the whole story.
const most = time.Minute

func main() {
	path := flag.String("socket", "state/agents/grpc.sock", "the socket of the daemon, in its state folder")
	tokenFile := flag.String("token-file", "", "the file with the token of a principal that has declared contexts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if err := run(ctx, *path, *tokenFile); err != nil {
		fmt.Fprintln(os.Stderr, "grpc:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path, tokenFile string) error {
	text, err := os.ReadFile(tokenFile)
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient("unix:"+path, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(token(strings.TrimSpace(string(text)))))
	if err != nil {
		return err
	}
	defer conn.Close()
	return newFramework(conn, os.Stdout).play(ctx)
}

// token goes with every request. Over the socket it needs no TLS: only processes of the daemon's own user reach it.
type token string

func (t token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(t)}, nil
}

func (token) RequireTransportSecurity() bool { return false }
