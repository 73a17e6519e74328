package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"argus/internal/authority"
	"argus/internal/installed"
)

// house is an installation of Argus with one server, and a connection to its socket.
type house struct {
	installed.Argus
	process *installed.Process
	conn    *grpc.ClientConn
	agents  int

	authority *authority.Authority // of the address, and of the clients that come to it
	refused   int                  // as expected, in this story
}

// The server's tools, as agents name them.
const (
	readDB = "s__read-db"
	recall = "s__recall"
	mail   = "s__send-email"
	erase  = "s__delete-repo"
	rate   = "s__search-web"
)

// decisions are what a person decided about the server's tools.
const decisions = `server = "s"
` + `
[[tool]]
name = "read-db"
digest = "sha256:%[1]s"
capabilities = []
label = { level = "sensitive", integrity = "verified" }
sinks = []
stores = { reads = [], writes = [] }

[[tool]]
name = "recall"
digest = "sha256:%[1]s"
capabilities = []
label = { level = "public", integrity = "verified" }
sinks = []
stores = { reads = [], writes = [] }

[[tool]]
name = "send-email"
digest = "sha256:%[1]s"
capabilities = []
label = { level = "public", integrity = "verified" }
sinks = ["network_external"]
stores = { reads = [], writes = [] }

[[tool]]
name = "delete-repo"
digest = "sha256:%[1]s"
capabilities = ["filesystem_delete"]
label = { level = "public", integrity = "verified" }
sinks = ["destructive"]
stores = { reads = [], writes = [] }

[[tool]]
name = "search-web"
digest = "sha256:%[1]s"
endorsed = true
capabilities = []
label = { level = "internal", integrity = "untrusted" }
sinks = []
stores = { reads = [], writes = [] }
`

const secured = `[grpc]
listen = "127.0.0.1:0"
certificate = "grpc.pem"
key = "grpc.key"
client_ca = "clients.pem"
`

const configuration = `
[source.mailbox]
level = "sensitive"
integrity = "untrusted"

[upstream.vendor]
sink = "llm_provider"

[profile.s]

[[server]]
name = "s"
command = %q
args = ["-tools", "read-db,recall,send-email,delete-repo,search-web", "-secret", "the customers", "-log", %q]
profile = "s"
prefix = "s"
`

// build makes the installation and serves it until its tools can be called. The caller must close it.
func build(ctx context.Context, programs string) (*house, error) {
	a, err := installed.New(ctx, programs)
	if err != nil {
		return nil, err
	}
	h := &house{Argus: a}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) open(ctx context.Context) error {
	if err := h.secure(); err != nil {
		return err
	}
	err := h.Edit("argus.toml", func(text string) (string, error) {
		text = strings.Replace(text, "\n[grpc]", "\n"+secured+"#", 1)
		return text + fmt.Sprintf(configuration, filepath.Join(h.Programs, "tools", "stub"), h.log()), nil
	})
	if err != nil {
		return err
	}
	unpinned := fmt.Sprintf(decisions, strings.Repeat("0", 64))
	if err := os.WriteFile(filepath.Join(h.Folder, "registry", "s.toml"), []byte(unpinned), 0o600); err != nil {
		return err
	}
	if err := h.serve(); err != nil {
		return err
	}
	return h.Approve(ctx, "s", 5, nil, nil)
}

func (h *house) serve() (err error) {
	if h.process, err = h.Serve(); err != nil {
		return err
	}
	h.conn, err = h.another()
	return err
}

// another is one more connection to the socket.
func (h *house) another() (*grpc.ClientConn, error) {
	return grpc.NewClient("unix:"+h.socket(), grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// stop ends the daemon, which can be served again.
func (h *house) stop() error {
	if h.conn == nil {
		return h.process.Stop()
	}
	return errors.Join(h.conn.Close(), h.process.Stop())
}

func (h *house) close() error { return errors.Join(h.stop(), h.Remove()) }

func (h *house) socket() string { return filepath.Join(h.State(), "agents", "grpc.sock") }

func (h *house) log() string { return h.Scratch("s", "calls.jsonl") }

// calls counts those of a tool that reached the server.
func (h *house) calls(tool string) (int, error) {
	text, err := os.ReadFile(h.log())
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	return bytes.Count(text, []byte(`{"tool":"`+strings.TrimPrefix(tool, "s__")+`"`)), err
}

// reached holds the server's own log to a number of calls since before.
func (h *house) reached(tool string, before, want int) error {
	now, err := h.calls(tool)
	if err == nil && now-before != want {
		err = fmt.Errorf("%d calls of %s reached the server, not %d", now-before, tool, want)
	}
	return err
}
