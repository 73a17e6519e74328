package operator

import (
	"time"

	"argus/plugin/sdk/registry"
	operatorv1 "argus/proto/argus/operator/v1"
)

// The views are what a person's programs read: their JSON has every field always, lists are never null, and names are those of
// operator.proto in its JSON form.

// Status is how the daemon is.
type Status struct {
	Version     string    `json:"version"`
	StateFolder string    `json:"stateFolder"`
	MCPAddress  string    `json:"mcpAddress"`
	GRPCAddress string    `json:"grpcAddress"` // with TLS; empty where none is configured
	LLMAddress  string    `json:"llmAddress"`  // before the name of an upstream; empty while none has a url
	Theory      string    `json:"theory"`      // digest of the theory in force
	Sequence    uint64    `json:"sequence"`    // last journal record
	Halted      string    `json:"halted"`      // why nothing is allowed, if so
	Plugins     []Part    `json:"plugins"`
	Servers     []Part    `json:"servers"`
	Vendors     []Vendor  `json:"vendors"`
	Programs    []Program `json:"programs"`
	Problems    []string  `json:"problems"` // what a person should look at
	Started     uint64    `json:"started"`  // calls since the daemon began
	Refused     uint64    `json:"refused"`
	Uptime      int64     `json:"uptimeSeconds"`
}

// Up is how long the daemon has been running.
func (s Status) Up() time.Duration { return time.Duration(s.Uptime) * time.Second }

// Vendor is where agents find the API of one vendor of models.
type Vendor struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	URL    string `json:"url"` // the base URL of an SDK
	Key    bool   `json:"key"` // Argus has the vendor's key, and agents send their own token in its place
}

// Program is a configured client, whose own tools are declared to models.
type Program struct {
	Name   string   `json:"name"`
	Agents []string `json:"agents"`
}

// Part is a plugin or a server.
type Part struct {
	Name        string   `json:"name"`
	State       string   `json:"state"`
	Detail      string   `json:"detail"`
	PID         int32    `json:"pid"`
	Restarts    uint32   `json:"restarts"`
	Protections []string `json:"protections"` // of a server, as reported from inside
}

// A tool is Callable and instructions are Delivered while they are as they were pinned. What is Quarantined reaches no agent.
const (
	Callable    = "callable"
	Delivered   = "delivered"
	Quarantined = "quarantined"
)

// Tool is how one tool of a server stands, or its instructions, or a channel that cannot be used. Its names and its definition are the
// server's own, untrusted text.
type Tool struct {
	Server       string   `json:"server"`
	Channel      string   `json:"channel"` // tool, or what else of the server it is
	Tool         string   `json:"tool"`    // of a channel, its reserved name
	Name         string   `json:"name"`    // toward agents; empty while quarantined
	Digest       string   `json:"digest"`  // of the server's present definition
	State        string   `json:"state"`
	Reason       string   `json:"reason"` // why quarantined
	Fix          string   `json:"fix"`    // the command or line that mends it
	Capabilities []string `json:"capabilities"`
	Level        string   `json:"level"`
	Integrity    string   `json:"integrity"`
	Sinks        []string `json:"sinks"`
	Endorsed     bool     `json:"endorsed"`
	Definition   string   `json:"definition"`   // canonical JSON; of instructions, a string
	Entry        string   `json:"entry"`        // FILE:LINE of the registry entry, if any
	PinnedDigest string   `json:"pinnedDigest"` // the entry's, if any
}

// Refused is what happened where the kernel or the host said no.
const Refused = "refused"

// Happening is one accepted step, or one refusal.
type Happening struct {
	Time       string  `json:"time"`     // RFC 3339
	Sequence   uint64  `json:"sequence"` // of the journal's record; 0 of a refusal
	What       string  `json:"what"`     // Refused, or the word for the kernel's event
	Principal  string  `json:"principal"`
	Agent      string  `json:"agent"`
	Tool       string  `json:"tool"`       // of a start or a refusal: what was asked for, which may be an agent's own, untrusted text
	Invocation *uint64 `json:"invocation"` // of a start or an outcome; null otherwise
	Level      string  `json:"level"`      // the agent's exposure after the step; empty where it did not move
	Integrity  string  `json:"integrity"`
	Detail     string  `json:"detail"`
	Rule       string  `json:"rule"` // of a refusal, as the next two
	Sentence   string  `json:"sentence"`
	Reference  string  `json:"reference"`
}

// AuditEvent is a happening that an audit sink has kept.
type AuditEvent struct {
	ID uint64 `json:"id"` // in the order in which they were kept
	Happening
	Count uint64 `json:"count"` // of a refusal: how often in its minute
	// Anchor is of a step: what argus audit verify takes, to tell whether the journal still has its record. Empty of a refusal.
	Anchor string `json:"anchor"`
}

// IsInstructions reports whether it is the text with which a server introduces itself to agents.
func (t Tool) IsInstructions() bool { return t.Channel == registry.Instructions.String() }

// Pinned reports whether the definition is the one that the registry entry is about.
func (t Tool) Pinned() bool { return t.PinnedDigest != "" && t.PinnedDigest == t.Digest }

// Agent is one living agent.
type Agent struct {
	ID           string   `json:"id"`
	Principal    string   `json:"principal"`
	Parent       string   `json:"parent"`
	Present      bool     `json:"present"` // the principal's present context
	Acts         bool     `json:"acts"`
	Level        string   `json:"level"`
	Integrity    string   `json:"integrity"`
	Capabilities []string `json:"capabilities"`
	Bits         uint64   `json:"bits"`
	Flights      uint32   `json:"flights"`
	Context      string   `json:"context"`   // sticky or declared
	ContextID    string   `json:"contextId"` // of a declared context: as its client names it
}

// Credential is what may act for a principal.
type Credential struct {
	ID          string   `json:"id"`
	Kind        string   `json:"kind"`
	Transitions []string `json:"transitions"`
	Root        string   `json:"root"` // the context whose subtree it covers; empty: all
	User        *uint32  `json:"user"` // whose processes alone may present it
	Issued      string   `json:"issued"`
	Expires     string   `json:"expires"` // empty: never
}

// Explanation says how a call was judged, or would be.
type Explanation struct {
	Reference       string   `json:"reference"`
	Allowed         bool     `json:"allowed"`
	Rule            string   `json:"rule"`
	Sentence        string   `json:"sentence"` // what the agent was told
	Agent           string   `json:"agent"`
	Principal       string   `json:"principal"`
	Tool            string   `json:"tool"`
	ArgumentsDigest string   `json:"argumentsDigest"`
	Level           string   `json:"level"` // the exposure that was judged
	Integrity       string   `json:"integrity"`
	Causes          []string `json:"causes"`
	Remedies        []string `json:"remedies"`
	Time            string   `json:"time"`  // RFC 3339; empty for a dry run
	Count           uint64   `json:"count"` // times in its minute
	Theory          string   `json:"theory"`
}

// NewAgent is what a person asks for.
type NewAgent struct {
	Name         string
	Context      string   // sticky (also when empty) or declared
	Capabilities []string // empty: all of the catalogue
	Bits         uint64
}

// NewCredential is what a person asks for.
type NewCredential struct {
	Name        string
	Replaces    string         // of a rotation: the token that ends; the scope is that one's
	Lifetime    *time.Duration // 0: never expires; nil: as long as what is replaced was made for, else never
	Transitions []string       // empty: all that an agent may ask for
	Root        string         // the context whose subtree it covers
	User        *uint32        // whose processes alone may present it
	Certificate []byte         // DER
}

// Done is what came of an act. Which fields are set depends on the act.
type Done struct {
	Agent    string   `json:"agent"` // the new context
	Token    string   `json:"token"` // of a new agent: shown once
	URL      string   `json:"url"`   // where the agent finds Argus
	File     string   `json:"file"`  // that was written
	Added    uint32   `json:"added"`
	Changed  uint32   `json:"changed"`
	Problems []string `json:"problems"`

	Credential Credential `json:"credential"` // that was made
}

func statusOf(r *operatorv1.StatusReply) Status {
	return Status{
		Version: r.GetVersion(), StateFolder: r.GetStateFolder(), MCPAddress: r.GetMcpAddress(), GRPCAddress: r.GetGrpcAddress(), LLMAddress: r.GetLlmAddress(), Theory: r.GetTheory(),
		Sequence: r.GetSequence(), Halted: r.GetHalted(), Plugins: each(r.GetPlugins(), partView), Servers: each(r.GetServers(), partView),
		Vendors: each(r.GetVendors(), vendorView), Programs: each(r.GetPrograms(), programView),
		Problems: some(r.GetProblems()), Started: r.GetStarted(), Refused: r.GetRefused(), Uptime: r.GetUptimeSeconds(),
	}
}

func vendorView(v *operatorv1.Vendor) Vendor {
	return Vendor{Name: v.GetName(), Format: v.GetFormat(), URL: v.GetUrl(), Key: v.GetKey()}
}

func programView(p *operatorv1.Program) Program {
	return Program{Name: p.GetName(), Agents: some(p.GetAgents())}
}

func partView(p *operatorv1.Part) Part {
	return Part{
		Name: p.GetName(), State: p.GetState(), Detail: p.GetDetail(), PID: p.GetPid(), Restarts: p.GetRestarts(),
		Protections: some(p.GetProtections()),
	}
}

func toolView(t *operatorv1.Tool) Tool {
	return Tool{
		Server: t.GetServer(), Channel: t.GetChannel(), Tool: t.GetTool(), Name: t.GetName(), Digest: t.GetDigest(), State: t.GetState(),
		Reason: t.GetReason(), Fix: t.GetFix(), Capabilities: some(t.GetCapabilities()), Level: t.GetLevel(), Integrity: t.GetIntegrity(),
		Sinks: some(t.GetSinks()), Endorsed: t.GetEndorsed(), Definition: t.GetDefinition(), Entry: t.GetEntry(),
		PinnedDigest: t.GetPinnedDigest(),
	}
}

func agentView(a *operatorv1.Agent) Agent {
	return Agent{
		ID: a.GetId(), Principal: a.GetPrincipal(), Parent: a.GetParent(), Present: a.GetPresent(), Acts: a.GetActs(), Level: a.GetLevel(),
		Integrity: a.GetIntegrity(), Capabilities: some(a.GetCapabilities()), Bits: a.GetBits(), Flights: a.GetFlights(),
		Context: a.GetContext(), ContextID: a.GetContextId(),
	}
}

func credentialView(c *operatorv1.Credential) Credential {
	view := Credential{
		ID: c.GetId(), Kind: c.GetKind(), Transitions: some(c.GetTransitions()), Root: c.GetRoot(), Issued: c.GetIssued(), Expires: c.GetExpires(),
	}
	if c != nil {
		view.User = c.User
	}
	return view
}

func explanationView(e *operatorv1.ExplainReply) Explanation {
	return Explanation{
		Reference: e.GetReference(), Allowed: e.GetAllowed(), Rule: e.GetRule(), Sentence: e.GetSentence(), Agent: e.GetAgent(),
		Principal: e.GetPrincipal(), Tool: e.GetTool(), ArgumentsDigest: e.GetArgumentsDigest(), Level: e.GetLevel(),
		Integrity: e.GetIntegrity(), Causes: some(e.GetCauses()), Remedies: some(e.GetRemedies()), Time: e.GetTime(), Count: e.GetCount(),
		Theory: e.GetTheory(),
	}
}

func doneView(r *operatorv1.ActReply) Done {
	return Done{
		Agent: r.GetAgent(), Token: r.GetToken(), URL: r.GetUrl(), File: r.GetFile(), Added: r.GetAdded(), Changed: r.GetChanged(),
		Problems: some(r.GetProblems()), Credential: credentialView(r.GetCredential()),
	}
}

func each[W, V any](wire []W, view func(W) V) []V {
	views := make([]V, 0, len(wire))
	for _, w := range wire {
		views = append(views, view(w))
	}
	return views
}

// some is a list that JSON does not write as null.
func some(list []string) []string { return append([]string{}, list...) }

func happeningView(h *operatorv1.Happening) Happening {
	return Happening{
		Time: h.GetTime(), Sequence: h.GetSequence(), What: h.GetWhat(), Principal: h.GetPrincipal(), Agent: h.GetAgent(), Tool: h.GetTool(),
		Invocation: h.Invocation, Level: h.GetLevel(), Integrity: h.GetIntegrity(), Detail: h.GetDetail(), Rule: h.GetRule(),
		Sentence: h.GetSentence(), Reference: h.GetReference(),
	}
}

func auditView(e *operatorv1.AuditEvent) AuditEvent {
	return AuditEvent{ID: e.GetId(), Happening: happeningView(e.GetHappening()), Count: e.GetCount(), Anchor: e.GetAnchor()}
}
