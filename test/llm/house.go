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
func build(ctx context.Context, programs, folder string, openai, anthropic *vendor, settings map[string]string) (*house, error) {
	h := &house{Argus: installed.Argus{Programs: programs, Folder: folder}}
	if err := h.Init(ctx, "127.0.0.1:0"); err != nil {
		return nil, err
	}
	key := filepath.Join(folder, "vendor.key")
	if err := os.WriteFile(key, []byte(vendorKey), 0o600); err != nil {
		return nil, err
	}
	var names []string
	for i := range mostAgents {
		names = append(names, fmt.Sprintf("%q", agentName(i)))
	}
	err := h.Edit("argus.toml", func(text string) (string, error) {
		settings["listen"] = `"127.0.0.1:0"`
		text, err := withLLM(text, settings)
		return text + fmt.Sprintf(configuration, openai.url, anthropic.url, key, program, strings.Join(names, ", "),
			filepath.Join(programs, "tools", "stub"), h.log()), err
	})
	if err != nil {
		return nil, err
	}
	if h.process, err = h.Serve(); err != nil {
		return nil, err
	}
	if h.door, err = h.Models(ctx); err == nil {
		err = h.approve(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) close() error { return h.process.Stop() }

func agentName(i int) string { return fmt.Sprint("team", i) }

// log is where the server writes what reached it.
func (h *house) log() string { return filepath.Join(h.State(), "scratch", "s", "calls.jsonl") }

// sent counts the calls of a tool of the server that reached it.
func (h *house) sent(tool string) (int, error) {
	text, err := os.ReadFile(h.log())
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	return strings.Count(string(text), `{"tool":"`+tool+`"`), err
}

// approve decides about the tools of the server, and about those of the client, which some agent must have declared.
func (h *house) approve(ctx context.Context) error {
	known := func(n int) func([]installed.Tool) bool {
		return func(found []installed.Tool) bool { return len(found) == n }
	}
	if err := h.Until(ctx, "s", "known", known(len(hostDecisions))); err != nil {
		return err
	}
	if err := h.pin(ctx, "s", hostDecisions); err != nil {
		return err
	}
	if err := h.declare(ctx); err != nil {
		return err
	}
	return h.pin(ctx, program, decisions)
}

// pin approves what is defined under a name, and replaces what was written of it by what is decided here.
func (h *house) pin(ctx context.Context, name string, labels map[string]string) error {
	if err := h.Tell(ctx, "registry", "pin", name, "--yes"); err != nil {
		return err
	}
	err := h.Edit(filepath.Join("registry", name+".toml"), func(pinned string) (string, error) { return decided(name, pinned, labels) })
	if err != nil {
		return err
	}
	return h.Until(ctx, name, "callable", func(found []installed.Tool) bool {
		for _, t := range found {
			if t.State != "callable" || (len(t.Sinks) > 0) != slices.Contains(outside, t.Tool) {
				return false
			}
		}
		return len(found) == len(labels)
	})
}

// decided is a registry file with the digests that were pinned and the decisions made here.
func decided(name, pinned string, labels map[string]string) (string, error) {
	var out strings.Builder
	fmt.Fprintf(&out, "server = %q\n", name)
	for tool, label := range labels {
		_, rest, found := strings.Cut(pinned, fmt.Sprintf("name = %q", tool))
		_, rest, more := strings.Cut(rest, `digest = "`)
		digest, _, ends := strings.Cut(rest, `"`)
		if !found || !more || !ends {
			return "", fmt.Errorf("the digest of %s is not where it was written", tool)
		}
		sinks := ""
		if slices.Contains(outside, tool) {
			sinks = `"network_external"`
		}
		fmt.Fprintf(&out, "\n[[tool]]\nname = %q\ndigest = %q\ncapabilities = []\nlabel = %s\nsinks = [%s]\nstores = { reads = [], writes = [] }\n",
			tool, digest, label, sinks)
	}
	return out.String(), nil
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
