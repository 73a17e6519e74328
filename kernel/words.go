package kernel

// Identifiers. Each is a type of its own, so that one is never taken for another.
type (
	// AgentID names one LLM context for ever. The kernel mints it; the host never chooses one.
	AgentID string
	// ToolID names a tool together with its definition: it includes the definition's digest.
	ToolID string
	// Capability is a permission that a tool requires.
	Capability string
	// StoreID names a place whose content one call can leave and another read.
	StoreID string
	// SlotID names the place of a typed value: a return of a child, or an output of a tool.
	SlotID string
	// Issuer names who vouches for a tool.
	Issuer string
	// Digest is the content address of a theory, an oracle's policy, arguments or content. Empty is no digest.
	Digest string
	// InvocationID numbers a start. It is never used twice.
	InvocationID uint64
)

// Root is the one agent that always acts. It is the host's own: it holds every capability and starts no call.
const Root AgentID = "root"

// lastInvocation is never minted, so that the counter cannot wrap.
const lastInvocation InvocationID = 1<<64 - 1

// lastChild is never minted, for the same reason.
const lastChild uint64 = 1<<64 - 1

// Level is a confidentiality level. The zero value is the most confidential.
type Level uint8

// The levels, from the strictest.
const (
	Restricted Level = iota
	Sensitive
	Internal
	Public
	levelCount
)

// Integrity says how far content can be trusted. The zero value is not at all.
type Integrity uint8

// The integrities, from the strictest.
const (
	Untrusted Integrity = iota
	Observed
	Verified
	Proven
	integrityCount
)

// Sink is where the effect of a call goes.
type Sink uint8

// The egress kinds, then the effect kinds.
const (
	NetworkExternal Sink = iota
	NetworkInternal
	FilesystemWrite
	IPC
	LLMProvider
	Destructive
	Financial
	Execution
	AccountChange
	sinkCount
)

// Sinks is a set of sinks.
type Sinks uint16

// Has reports whether e is in the set.
func (es Sinks) Has(e Sink) bool { return es&(1<<e) != 0 }

// SubsetOf reports whether every sink of es is in fs.
func (es Sinks) SubsetOf(fs Sinks) bool { return es&^fs == 0 }

// known reports whether the set holds sinks of the catalogue only.
func (es Sinks) known() bool { return es < 1<<sinkCount }

// Mode is what the flow policy says of one cell. The zero value denies.
type Mode uint8

// The modes, from the strictest.
const (
	Deny Mode = iota
	Inspect
	Allow
	modeCount
)

// Ending is how a call ended, as far as the host knows. Exposure grows alike for all three.
type Ending uint8

// The endings. A call that the host gave up on, or that a crash interrupted, ended Unknown.
const (
	Unknown Ending = iota
	Success
	Failure
	endingCount
)

// Attributes is the set of the kernel's attributes that an oracle read for a verdict.
type Attributes uint8

// The attributes that an oracle may be shown. It is shown nothing else that changes.
const (
	ReadCapabilities Attributes = 1 << iota
	ReadExposure
	ReadSpeculative
	ReadDepth
	ReadFlights
	attributesEnd
)

// Has reports whether every attribute of b is in the set.
func (as Attributes) Has(b Attributes) bool { return b&^as == 0 }

// known reports whether the set holds attributes of the catalogue only.
func (as Attributes) known() bool { return as < attributesEnd }
