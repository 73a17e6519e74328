package check

import (
	"github.com/cedar-policy/cedar-go/types"

	"argus/plugin/sdk"
)

// Entity types and actions that questions are made of.
const (
	Agent     types.EntityType = "Argus::Agent"
	Principal types.EntityType = "Argus::Principal"
	Tool      types.EntityType = "Argus::Tool"
	Server    types.EntityType = "Argus::Server"
	Sink      types.EntityType = "Argus::Sink"
	Action    types.EntityType = "Argus::Action"
)

var (
	Call   = types.NewEntityUID(Action, "call")
	Vouch  = types.NewEntityUID(Action, "vouch")
	Egress = types.NewEntityUID(Action, "egress")
)

var (
	entityTypes = []string{string(Agent), string(Principal), string(Tool), string(Server), string(Sink), string(Action)}
	actions     = []string{"call", "vouch", "egress"}
	sinks       = &catalogue{"sinks", sdk.Sinks()}
)

var exposure = typ{kind: record, fields: map[string]typ{
	"level":         oneOf(&catalogue{"levels", sdk.Levels()}),
	"levelRank":     {kind: long},
	"integrity":     oneOf(&catalogue{"integrities", sdk.Integrities()}),
	"integrityRank": {kind: long},
}}

var agent = typ{kind: record, fields: map[string]typ{
	"id":           {kind: text},
	"principal":    {kind: text},
	"capabilities": setOf(typ{kind: text}),
	"exposure":     exposure,
	"speculative":  exposure,
	"depth":        {kind: long},
	"flights":      {kind: long},
}}

var callContext = typ{kind: record, fields: map[string]typ{
	"agent":     agent,
	"server":    {kind: text},
	"tool":      {kind: text},
	"label":     exposure,
	"sinks":     setOf(oneOf(sinks)),
	"arguments": {kind: record},
}}

var egressContext = typ{kind: record, fields: map[string]typ{
	"agent": agent,
	"sink":  oneOf(sinks),
}}

// situation is one kind of question that a policy can meet.
type situation struct {
	action   types.EntityUID
	resource types.EntityType
	context  typ
}

var situations = []situation{
	{Call, Tool, callContext},
	{Vouch, Tool, callContext},
	{Vouch, Sink, egressContext},
	{Egress, Sink, egressContext},
}

// parents tells what an entity of a type can be in, apart from itself.
var parents = map[types.EntityType]types.EntityType{Agent: Principal, Tool: Server}

func within(child, ancestor types.EntityType) bool {
	return child == ancestor || parents[child] == ancestor && ancestor != ""
}

// role is the part that entities of a type play in a question: a resource can be a tool or a sink, whatever it is in this one.
func role(t types.EntityType) types.EntityType {
	if t == Sink {
		return Tool
	}
	return t
}

// contextNames are the names that the context has in at least one situation.
func contextNames() map[string]typ {
	all := map[string]typ{}
	for _, s := range situations {
		for name, t := range s.context.fields {
			all[name] = t
		}
	}
	return all
}
