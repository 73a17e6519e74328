package oraclekit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
	oraclev1 "argus/proto/argus/oracle/v1"
)

// call is a question about a tool, with a nonce of its own. Its policy is set when it is asked.
func call(tool string) *oraclev1.Question {
	return &oraclev1.Question{
		Nonce:   nonce(),
		Agent:   agent(),
		Inspect: true,
		About: &oraclev1.Question_Call{Call: &oraclev1.Call{
			Server: "conformance", Tool: tool, ToolId: "conformance/" + tool + "@" + digest("definition of "+tool),
			Arguments: object("to", "someone"), ArgumentsDigest: digest("arguments of " + tool), Label: exposure("public", "verified"),
			Sinks: []string{"network_external"},
		}},
	}
}

func egress() *oraclev1.Question {
	return &oraclev1.Question{
		Nonce: nonce(), Agent: agent(), Inspect: true,
		About: &oraclev1.Question_Egress{Egress: &oraclev1.Egress{Sink: "llm_provider", ContentDigest: digest("a prompt")}},
	}
}

// again is q with another nonce.
func again(q *oraclev1.Question) *oraclev1.Question {
	q = proto.CloneOf(q)
	q.Nonce = nonce()
	return q
}

func agent() *oraclev1.Agent {
	return &oraclev1.Agent{
		Id: "1", Principal: "conformance", Capabilities: []string{"network_egress"},
		Exposure: exposure("public", "proven"), Speculative: exposure("public", "proven"),
	}
}

// asHostAsks is q as the host has questions. Its arguments are those of every call here.
func asHostAsks(q *oraclev1.Question) oracle.Question {
	a := q.GetAgent()
	asked := oracle.Question{
		Agent: oracle.Agent{
			ID: a.GetId(), Principal: a.GetPrincipal(), Capabilities: a.GetCapabilities(), Depth: a.GetDepth(), Flights: a.GetFlights(),
			Exposure: asHostHas(a.GetExposure()), Speculative: asHostHas(a.GetSpeculative()),
		},
		Inspect: q.GetInspect(), PolicyDigest: q.GetPolicyDigest(),
	}
	if e := q.GetEgress(); e != nil {
		asked.About = oracle.Egress{Sink: e.GetSink(), ContentDigest: e.GetContentDigest()}
		return asked
	}
	c := q.GetCall()
	asked.About = oracle.Call{
		Server: c.GetServer(), Tool: c.GetTool(), ToolID: c.GetToolId(), ArgumentsDigest: c.GetArgumentsDigest(),
		Arguments: oracle.Object{{Name: "to", Value: oracle.Text("someone")}}, Label: asHostHas(c.GetLabel()), Sinks: c.GetSinks(),
	}
	return asked
}

func asHostHas(e *oraclev1.Exposure) oracle.Exposure {
	return oracle.Exposure{Level: e.GetLevel(), Integrity: e.GetIntegrity()}
}

func exposure(level, integrity string) *oraclev1.Exposure {
	return &oraclev1.Exposure{Level: level, Integrity: integrity}
}

func object(name, text string) *oraclev1.Value {
	value := &oraclev1.Value{Kind: &oraclev1.Value_Text{Text: text}}
	return &oraclev1.Value{Kind: &oraclev1.Value_Object{Object: &oraclev1.Object{Members: []*oraclev1.Member{{Name: name, Value: value}}}}}
}

func nonce() []byte {
	n := make([]byte, 16)
	rand.Read(n) // never fails: it ends the program instead
	return n
}

func digest(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// subjects are questions to which policies answer in different ways.
func subjects() []*oraclev1.Question {
	met := call("send")
	met.Agent.Exposure, met.Agent.Speculative = exposure("restricted", "untrusted"), exposure("restricted", "untrusted")
	harmless := call("look")
	harmless.GetCall().Sinks = nil
	busy := call("send")
	busy.Agent.Depth, busy.Agent.Flights, busy.Agent.Capabilities = 3, 2, sdk.Capabilities()
	slices.Sort(busy.Agent.Capabilities)
	return []*oraclev1.Question{call("send"), met, harmless, busy, egress()}
}

// variant changes one attribute of an agent and nothing else.
type variant struct {
	attribute oraclev1.Attribute
	says      string
	change    func(*oraclev1.Agent)
}

func variants() []variant {
	var all []variant
	add := func(attribute oraclev1.Attribute, says string, change func(*oraclev1.Agent)) {
		all = append(all, variant{attribute, says, change})
	}
	everything := sdk.Capabilities()
	slices.Sort(everything)
	for _, names := range [][]string{nil, {"clipboard"}, everything} {
		add(oraclev1.Attribute_ATTRIBUTE_CAPABILITIES, fmt.Sprintf("%d capabilities", len(names)), func(a *oraclev1.Agent) { a.Capabilities = names })
	}
	for _, level := range sdk.Levels() {
		for _, integrity := range sdk.Integrities() {
			says := level + " and " + integrity
			add(oraclev1.Attribute_ATTRIBUTE_EXPOSURE, "exposure "+says, func(a *oraclev1.Agent) { a.Exposure = exposure(level, integrity) })
			add(oraclev1.Attribute_ATTRIBUTE_SPECULATIVE, "speculative "+says, func(a *oraclev1.Agent) { a.Speculative = exposure(level, integrity) })
		}
	}
	for _, n := range []uint32{0, 1, 2, 8, 1000} {
		add(oraclev1.Attribute_ATTRIBUTE_DEPTH, fmt.Sprintf("depth %d", n), func(a *oraclev1.Agent) { a.Depth = n })
		add(oraclev1.Attribute_ATTRIBUTE_FLIGHTS, fmt.Sprintf("%d flights", n), func(a *oraclev1.Agent) { a.Flights = n })
	}
	return all
}
