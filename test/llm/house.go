package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"argus/internal/installed"
	agentv1 "argus/proto/argus/agent/v1"
)

// house is an installation of Argus in front of the vendors.
type house struct {
	installed.Argus
	process *installed.Process
	door    string // where agents find the APIs of vendors
	agents  int
}

// program is the name of the agents' own program, whose tools a person decided about.
const program = "office"

// tools are what every client declares.
var tools = []tool{
	{"read_mail", "Read the newest mail.", object()},
	{"read_private", "Read the private note.", object()},
	{"read_sealed", "Read what is sealed.", object()},
	{"post_out", "Post a text where everybody can read it.", object("text")},
}

// object is the schema of one with text members.
func object(members ...string) map[string]any {
	properties := map[string]any{}
	for _, m := range members {
		properties[m] = map[string]any{"type": "string"}
	}
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(members) > 0 {
		s["required"] = members
	}
	return s
}

// decisions are what a person decided about the client's tools, by name.
var decisions = map[string]string{
	"read_mail":    `{ level = "public", integrity = "untrusted" }`,
	"read_private": `{ level = "internal", integrity = "verified" }`,
	"read_sealed":  `{ level = "restricted", integrity = "verified" }`,
	"post_out":     `{ level = "public", integrity = "verified" }`,
}

// hostDecisions are about the tools of the server that Argus runs.
var hostDecisions = map[string]string{
	"read-db":    `{ level = "internal", integrity = "verified" }`,
	"send-email": `{ level = "public", integrity = "verified" }`,
	"summarize":  `{ level = "public", integrity = "verified" }`,
}

// outside are the tools whose effects leave the machine.
var outside = []string{"post_out", "send-email"}

// mostAgents bounds how many agents a house has: its config names them.
const mostAgents = 100

const configuration = `
[upstream.openai]
sink = "llm_provider"
url = %q
format = "openai"
key = "file:%[3]s"

[upstream.anthropic]
sink = "llm_provider"
url = %[2]q
format = "anthropic"
key = "file:%[3]s"

[[client]]
name = "%[4]s"
agents = [%[5]s]

[profile.s]

[[server]]
name = "s"
command = %[6]q
args = ["-tools", "read-db,send-email,summarize", "-secret", "the customers", "-log", %[7]q]
profile = "s"
prefix = "s"
`

// build makes an installation with settings of its [llm], and serves it until the tools of a client can be called. The caller must close it.
func build(ctx context.Context, programs string, openai, anthropic *vendor, settings map[string]string) (*house, error) {
	a, err := installed.New(ctx, programs)
	if err != nil {
		return nil, err
	}
	h := &house{Argus: a}
	if err := h.open(ctx, openai, anthropic, settings); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) open(ctx context.Context, openai, anthropic *vendor, settings map[string]string) error {
	for name, text := range map[string]string{
		"vendor.key":                    vendorKey,
		"registry/s.toml":               decided("s", hostDecisions),
		"registry/" + program + ".toml": decided(program, decisions),
	} {
		if err := os.WriteFile(filepath.Join(h.Folder, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	var names []string
	for i := range mostAgents {
		names = append(names, fmt.Sprintf("%q", agentName(i)))
	}
	err := h.Edit("argus.toml", func(text string) (string, error) {
		settings["listen"] = `"127.0.0.1:0"`
		text, err := withLLM(text, settings)
		return text + fmt.Sprintf(configuration, openai.url, anthropic.url, filepath.Join(h.Folder, "vendor.key"), program, strings.Join(names, ", "),
			filepath.Join(h.Programs, "tools", "stub"), h.log()), err
	})
	if err != nil {
		return err
	}
	if h.process, err = h.Serve(); err != nil {
		return err
	}
	if h.door, err = h.Models(ctx); err != nil {
		return err
	}
	if err := h.approve(ctx, "s", hostDecisions); err != nil {
		return err
	}
	if err := h.declare(ctx); err != nil {
		return err
	}
	return h.approve(ctx, program, decisions)
}

func (h *house) close() error { return errors.Join(h.process.Stop(), h.Remove()) }

func agentName(i int) string { return fmt.Sprint("team", i) }

// log is where the server writes what reached it.
func (h *house) log() string { return h.Scratch("s", "calls.jsonl") }

// sent counts the calls of a tool of the server that reached it.
func (h *house) sent(tool string) (int, error) {
	text, err := os.ReadFile(h.log())
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	return strings.Count(string(text), `{"tool":"`+tool+`"`), err
}

// approve pins the tools of a server or of the client's program, about which was decided before.
func (h *house) approve(ctx context.Context, name string, labels map[string]string) error {
	return h.Approve(ctx, name, len(labels), nil, func(t installed.Tool) bool {
		return (len(t.Sinks) > 0) == slices.Contains(outside, t.Tool)
	})
}

// decided is a registry file with the decisions made here, of definitions that nobody has seen yet.
func decided(name string, labels map[string]string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "server = %q\n", name)
	for tool, label := range labels {
		sinks := ""
		if slices.Contains(outside, tool) {
			sinks = `"network_external"`
		}
		fmt.Fprintf(&out, "\n[[tool]]\nname = %q\ndigest = \"sha256:%064d\"\ncapabilities = []\nlabel = %s\nsinks = [%s]\nstores = { reads = [], writes = [] }\n",
			tool, 0, label, sinks)
	}
	return out.String()
}

// agent is a new principal, by its token.
func (h *house) agent(ctx context.Context, more ...string) (string, error) {
	if h.agents == mostAgents {
		return "", fmt.Errorf("a house has %d agents at most", mostAgents)
	}
	h.agents++
	return h.NewAgent(ctx, agentName(h.agents-1), more...)
}

// contexts are two declared contexts of one new principal.
func (h *house) contexts(ctx context.Context) (token string, ids [2]string, err error) {
	token, err = h.agent(ctx, "--context", "declared")
	if err != nil {
		return "", ids, err
	}
	conn, err := grpc.NewClient("unix:"+filepath.Join(h.State(), "agents", "grpc.sock"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", ids, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	for i := range ids {
		born, err := agentv1.NewKernelClient(conn).Delegate(ctx, &agentv1.DelegateRequest{})
		if err != nil {
			return "", ids, err
		}
		ids[i] = born.GetEvent().GetDelegated().GetChild().GetContext()
	}
	return token, ids, nil
}

// withLLM changes settings of the [llm] of a configuration, which must be written there.
func withLLM(text string, settings map[string]string) (string, error) {
	before, llm, found := strings.Cut(text, "\n[llm]\n")
	if !found {
		return "", errors.New("there is no [llm]")
	}
	for key, value := range settings {
		line := regexp.MustCompile(`(?m)^` + key + ` = \S+`)
		at := line.FindStringIndex(llm)
		if at == nil {
			return "", fmt.Errorf("there is no line %s", key)
		}
		llm = llm[:at[0]] + key + " = " + value + llm[at[1]:]
	}
	return before + "\n[llm]\n" + llm, nil
}

// declare has a client declare its tools once, so that a person can look at them.
func (h *house) declare(ctx context.Context) error {
	token, err := h.agent(ctx)
	if err != nil {
		return err
	}
	declared := map[string]any{"model": "gpt-5.2", "messages": []any{map[string]any{"role": "user", "content": "hello"}}, "tools": chatTools()}
	body, err := json.Marshal(declared)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.door+"/openai/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return fmt.Errorf("declaring tools was answered with %s: %s", answer.Status, said)
	}
	return nil
}

// chatTools are the client's tools as chat completions have them.
func chatTools() []any {
	var out []any
	for _, t := range tools {
		out = append(out, map[string]any{"type": "function", "function": map[string]any{
			"name": t.Name, "description": t.Description, "parameters": t.Schema,
		}})
	}
	return out
}
