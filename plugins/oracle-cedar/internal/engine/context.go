package engine

import (
	"github.com/cedar-policy/cedar-go/types"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/check"
)

// exposures holds the record of every exposure there is, so that no question builds one.
var exposures = func() map[oracle.Exposure]types.Record {
	all := map[oracle.Exposure]types.Record{}
	for i, level := range sdk.Levels() {
		for j, integrity := range sdk.Integrities() {
			all[oracle.Exposure{Level: level, Integrity: integrity}] = types.NewRecord(types.RecordMap{
				"level": types.String(level), "levelRank": types.Long(i),
				"integrity": types.String(integrity), "integrityRank": types.Long(j),
			})
		}
	}
	return all
}()

// wanted says which parts of the context the policies at hand mention. The others are not built: a policy cannot tell.
type wanted struct{ context, agent, arguments check.Names }

func (w *wanted) add(other wanted) {
	w.context.Add(other.context)
	w.agent.Add(other.agent)
	w.arguments.Add(other.arguments)
}

// contextOf builds what want names of the context of q, and tells which of its arguments had to be left out. README.md lists
// what there is; the names are those of check's schema, against which the policies were read.
func contextOf(q oracle.Question, want wanted) (types.Record, []string) {
	fields := fields{want.context, types.RecordMap{}}
	var left []string
	fields.put("agent", func() types.Value { return agentOf(q.Agent, want.agent) })
	switch about := q.About.(type) {
	case oracle.Call:
		fields.put("server", func() types.Value { return types.String(about.Server) })
		fields.put("tool", func() types.Value { return types.String(about.Tool) })
		fields.put("label", func() types.Value { return exposures[about.Label] })
		fields.put("sinks", func() types.Value { return texts(about.Sinks) })
		fields.put("arguments", func() (v types.Value) { v, left = argumentsOf(about.Arguments, want.arguments); return v })
	case oracle.Egress:
		fields.put("sink", func() types.Value { return types.String(about.Sink) })
	}
	return types.NewRecord(fields.built), left
}

func agentOf(a oracle.Agent, want check.Names) types.Record {
	fields := fields{want, types.RecordMap{}}
	fields.put("id", func() types.Value { return types.String(a.ID) })
	fields.put("principal", func() types.Value { return types.String(a.Principal) })
	fields.put("capabilities", func() types.Value { return texts(a.Capabilities) })
	fields.put("exposure", func() types.Value { return exposures[a.Exposure] })
	fields.put("speculative", func() types.Value { return exposures[a.Speculative] })
	fields.put("depth", func() types.Value { return types.Long(a.Depth) })
	fields.put("flights", func() types.Value { return types.Long(a.Flights) })
	return types.NewRecord(fields.built)
}

// fields builds a record out of what is wanted.
type fields struct {
	want  check.Names
	built types.RecordMap
}

func (f fields) put(name string, value func() types.Value) {
	if f.want.Has(name) {
		f.built[types.String(name)] = value()
	}
}

func texts(list []string) types.Set {
	values := make([]types.Value, len(list))
	for i, s := range list {
		values[i] = types.String(s)
	}
	return types.NewSet(values...)
}
