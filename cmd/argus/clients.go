package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
)

// client is what one MCP client is to be told, and where.
type client struct {
	Client string        `json:"client"`
	File   string        `json:"file"` // where its users write it; empty where that differs
	Config clientServers `json:"config"`
}

// clientServers is a client's list of servers, with the name that the client has for the list.
type clientServers map[string]map[string]clientServer

// clientServer is how to reach one server: a command to start, or an address.
type clientServer struct {
	Type    string            `json:"type,omitempty"`
	Command string            `json:"command,omitempty"`
	Args    []string          `json:"args,omitempty"`
	URL     string            `json:"url,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

// connectClients are those that start a command. They need no secret in their configuration.
func connectClients(start clientServer) []client {
	typed := start
	typed.Type = "stdio"
	return []client{
		{"Claude Code", ".mcp.json", servers("mcpServers", start)},
		{"Claude Desktop", "claude_desktop_config.json", servers("mcpServers", start)},
		{"Cursor", ".cursor/mcp.json", servers("mcpServers", start)},
		{"VS Code", ".vscode/mcp.json", servers("servers", typed)},
	}
}

// httpClient is one that reads the token from its environment.
func httpClient(url string) client {
	headers := map[string]string{"Authorization": "Bearer ${AGENT_TOKEN}"}
	return client{"a client that speaks HTTP", "", servers("mcpServers", clientServer{Type: "http", URL: url, Headers: headers})}
}

func servers(list string, one clientServer) clientServers { return clientServers{list: {"argus": one}} }

// connectCommand is the command by which a client connects an agent.
func connectCommand(at *place, agent, tokenFile string) (clientServer, error) {
	self, err := os.Executable()
	if err != nil {
		return clientServer{}, fmt.Errorf("find out where this program is: %w", err)
	}
	where, err := at.again()
	if err != nil {
		return clientServer{}, err
	}
	command := clientServer{Command: self, Args: append([]string{"connect", "--agent", agent}, where...)}
	if tokenFile != "" {
		tokenFile, err = filepath.Abs(tokenFile)
		command.Args = append(command.Args, "--token-file", tokenFile)
	}
	return command, err
}

// tellClients prints each configuration once, under all the clients that take it.
func tellClients(c *console, clients []client) error {
	for i, one := range clients {
		c.printf("%s", one.Client)
		if one.File != "" {
			c.printf(": %s", one.File)
		}
		if i+1 < len(clients) && sameConfig(one, clients[i+1]) {
			c.printf("\n")
			continue
		}
		c.printf("\n\n")
		if err := c.document(one.Config); err != nil {
			return err
		}
		if i+1 < len(clients) {
			c.printf("\n")
		}
	}
	return nil
}

func sameConfig(a, b client) bool { return reflect.DeepEqual(a.Config, b.Config) }
