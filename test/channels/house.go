package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"argus/internal/installed"
)

// house is an installation of Argus with the judge's servers, all of them the same program.
type house struct {
	installed.Argus
	process *installed.Process
	agents  int
	texts   int

	thieves, honests map[era]*agent
}

// marker is the text that servers say. Nothing else says it.
const marker = "the-servers-own-words"

// server is one of the house's.
type server struct {
	name    string
	flags   []string
	label   string            // of its tools, where labels does not say otherwise
	labels  map[string]string // by tool
	sinks   map[string]string // by tool; none
	open    bool              // its channels are declared
	channel string            // their label
}

const (
	clean     = `{ level = "public", integrity = "verified" }`
	secret    = `{ level = "sensitive", integrity = "verified" }`
	untrusted = `{ level = "public", integrity = "untrusted" }`
	outside   = `["network_external"]`
	harm      = `["destructive"]`
)

// servers are: one that holds the secret and can do harm; of each era one whose channels carry what they like to the network, and from
// where nobody should be trusted; and of each era one whose channels are closed.
func servers() []server {
	suspect := map[string]string{"say": untrusted, "fail": untrusted}
	sends := map[string]string{"take": outside}
	return []server{
		{name: "vault", label: clean, labels: map[string]string{"say": secret}, sinks: map[string]string{"take": harm}},
		{name: "open25", label: clean, labels: suspect, sinks: sends, open: true, channel: untrusted},
		{name: "open26", flags: []string{"-modern"}, label: clean, labels: suspect, sinks: sends, open: true, channel: untrusted},
		{name: "shut25", label: clean},
		{name: "shut26", flags: []string{"-modern"}, label: clean},
		{name: "shifty", flags: []string{"-shifty"}, label: clean},
	}
}

// channels are all that a registry file can declare besides tools and instructions.
var channels = []string{"resources", "prompts", "completion", "sampling", "elicitation", "roots", "log", "progress"}

// tools are those of each server.
var tools = []string{"take", "say", "fail", "tell", "ask", "stray"}

// build makes the installation and serves it until every server can be called. The caller must close it.
func build(ctx context.Context, programs string) (*house, error) {
	a, err := installed.New(ctx, programs)
	if err != nil {
		return nil, err
	}
	h := &house{Argus: a, thieves: map[era]*agent{}, honests: map[era]*agent{}}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) open(ctx context.Context) error {
	speaker := filepath.Join(h.Programs, "tools", "speaker")
	err := h.Edit("argus.toml", func(text string) (string, error) {
		text = strings.Replace(text, `question_timeout = "5m"`, fmt.Sprintf("question_timeout = %q", questionTime), 1)
		for _, s := range servers() {
			flags := append([]string{"-say", marker}, s.flags...)
			text += fmt.Sprintf("\n[profile.%s]\n\n[[server]]\nname = %[1]q\ncommand = %[2]q\nargs = [\"%[3]s\"]\nprofile = %[1]q\nprefix = %[1]q\n",
				s.name, speaker, strings.Join(flags, `", "`))
		}
		return text, nil
	})
	if err != nil {
		return err
	}
	if h.process, err = h.Serve(); err != nil {
		return err
	}
	decided := func(t installed.Tool) bool { return t.Level == "public" || t.Tool == "say" }
	for _, s := range servers() {
		if err := h.Approve(ctx, s.name, len(tools), s.decided, decided); err != nil {
			return fmt.Errorf("approve server %s: %w", s.name, err)
		}
	}
	return nil
}

func (h *house) close() error { return errors.Join(h.process.Stop(), h.Remove()) }

// decided is a registry file with the digests that were pinned and the judge's decisions, without pinned instructions.
func (s server) decided(pinned string) (string, error) {
	var out strings.Builder
	fmt.Fprintf(&out, "server = %q\n\n", s.name)
	for _, tool := range tools {
		_, rest, found := strings.Cut(pinned, fmt.Sprintf("name = %q", tool))
		_, rest, more := strings.Cut(rest, `digest = "`)
		digest, _, ends := strings.Cut(rest, `"`)
		if !found || !more || !ends {
			return "", fmt.Errorf("the digest of %s is not where it was written", tool)
		}
		label, given := s.labels[tool]
		if !given {
			label = s.label
		}
		fmt.Fprintf(&out, "[[tool]]\nname = %q\ndigest = %q\n%s\n", tool, digest, entry(label, s.sinks[tool]))
	}
	if s.open {
		for _, name := range channels {
			fmt.Fprintf(&out, "[channels.%s]\n%s\n", name, entry(s.channel, outside))
		}
	}
	return out.String(), nil
}

func entry(label, sinks string) string {
	if sinks == "" {
		sinks = "[]"
	}
	return fmt.Sprintf("capabilities = []\nlabel = %s\nsinks = %s\nstores = { reads = [], writes = [] }\n", label, sinks)
}

// agent is a new principal, with a session if its era has them.
func (h *house) agent(ctx context.Context, e era, more ...string) (*agent, error) {
	h.agents++
	token, err := h.NewAgent(ctx, fmt.Sprint("agent", h.agents), more...)
	if err != nil {
		return nil, err
	}
	a := &agent{url: h.process.URL, token: token, era: e}
	return a, a.open(ctx, "judge")
}

// siblings are two contexts of one new principal.
func (h *house) siblings(ctx context.Context, e era) (a, b *agent, err error) {
	parent, err := h.agent(ctx, e, "--context", "declared")
	if err != nil {
		return nil, nil, err
	}
	var contexts []string
	for range 2 {
		r, err := parent.do(ctx, "tools/call", object{"name": "argus__delegate", "arguments": object{"capabilities": []string{}, "bits": 0}})
		if err != nil {
			return nil, nil, err
		}
		var born struct {
			Meta struct {
				Context string `json:"argus/context"`
			} `json:"_meta"`
		}
		if err := json.Unmarshal(r.Result, &born); err != nil || born.Meta.Context == "" {
			return nil, nil, errors.Join(fmt.Errorf("no context was born: %v", r), err)
		}
		contexts = append(contexts, born.Meta.Context)
	}
	of := func(context string) *agent {
		return &agent{url: parent.url, token: parent.token, era: e, context: context}
	}
	return of(contexts[0]), of(contexts[1]), nil
}

// thief is the agent of an era that has read the secret.
func (h *house) thief(ctx context.Context, e era) (*agent, error) {
	if a := h.thieves[e]; a != nil {
		return a, nil
	}
	a, err := h.agent(ctx, e)
	if err != nil {
		return nil, err
	}
	r, err := a.tool(ctx, "vault", "say", object{})
	if err == nil && !r.fine() {
		err = fmt.Errorf("the secret could not be read: %v", r)
	}
	h.thieves[e] = a
	return a, err
}

// honest is the agent of an era that has nothing to hide.
func (h *house) honest(ctx context.Context, e era) (*agent, error) {
	if a := h.honests[e]; a != nil {
		return a, nil
	}
	a, err := h.agent(ctx, e)
	h.honests[e] = a
	return a, err
}

// reached reports whether a text is in a server's log of all that reached it.
func (h *house) reached(server, text string) (bool, error) {
	log, err := os.ReadFile(h.Scratch(server, "heard.log"))
	return bytes.Contains(log, []byte(text)), err
}

// harms reports whether the agent can still do harm.
func harms(ctx context.Context, a *agent) (bool, error) {
	r, err := a.tool(ctx, "vault", "take", object{})
	return r.fine(), err
}
