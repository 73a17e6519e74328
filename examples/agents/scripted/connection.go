package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

const (
	connectPatience = 10 * time.Second
	maxToken        = 4 << 10
)

// connection is an initialized session with one server.
type connection struct{ client *client.Client }

func (a *agent) connect(ctx context.Context, s step) report {
	a.disconnect(s.To)
	way, err := wayTo(s)
	if err != nil {
		return report{ID: s.ID, Failure: err.Error()}
	}
	c := client.NewClient(way, client.WithProtocolVersion(mcp.ProtocolVersion20251125))
	a.connections[s.To] = &connection{c}
	greeted, err := greet(ctx, c)
	if err != nil {
		a.disconnect(s.To)
		return report{ID: s.ID, Failure: "connect: " + err.Error()}
	}
	return report{ID: s.ID, Text: greeted.ServerInfo.Name + " " + greeted.ServerInfo.Version}
}

func greet(ctx context.Context, c *client.Client) (*mcp.InitializeResult, error) {
	if err := c.Start(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.ProtocolVersion20251125
	hello.Params.ClientInfo = mcp.Implementation{Name: "scripted", Version: "1.0.0"}
	return c.Initialize(ctx, hello)
}

func wayTo(s step) (transport.Interface, error) {
	switch {
	case len(s.Command) > 0 && s.URL == "":
		return transport.NewStdioWithOptions(s.Command[0], nil, s.Command[1:], transport.WithCommandFunc(alone),
			transport.WithCommandStderrWriter(os.Stderr)), nil
	case len(s.Command) == 0 && s.URL != "":
		token, err := readToken(s.TokenFile)
		if err != nil {
			return nil, err
		}
		return transport.NewStreamableHTTP(s.URL, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + token}))
	}
	return nil, errors.New("connect takes either a url and a token_file, or a command")
}

// alone starts a server with nothing of this program's environment.
func alone(ctx context.Context, command string, _ []string, args []string) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	return cmd, nil
}

// readToken refuses a file that others can read: whoever has the token acts as this agent.
func readToken(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("open the token's file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("look at the token's file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("others can read %s: chmod 600 it", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxToken))
	if err != nil {
		return "", fmt.Errorf("read the token's file: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func (a *agent) disconnect(name string) {
	if c := a.connections[name]; c != nil {
		_ = c.client.Close() // the session ends with its connection at the latest
		delete(a.connections, name)
	}
}

func (a *agent) closeAll() {
	for name := range a.connections {
		a.disconnect(name)
	}
}
