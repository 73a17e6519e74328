package engine

import (
	"slices"

	"github.com/cedar-policy/cedar-go/types"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
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

// contextOf builds the context of q with those of its arguments that want names; README.md lists what is in it. The names are
// those of check's schema, against which the policies were read.
func contextOf(q oracle.Question, want wanted) (types.Record, []string) {
	switch about := q.About.(type) {
	case oracle.Call:
		arguments, left := argumentsOf(about.Arguments, want)
		return types.NewRecord(types.RecordMap{
			"agent":     agentOf(q.Agent),
			"server":    types.String(about.Server),
			"tool":      types.String(about.Tool),
			"label":     exposures[about.Label],
			"sinks":     texts(about.Sinks),
			"arguments": arguments,
		}), left
	case oracle.Egress:
		return types.NewRecord(types.RecordMap{
			"agent": agentOf(q.Agent),
			"sink":  types.String(about.Sink),
		}), nil
	}
	return types.Record{}, nil
}

func agentOf(a oracle.Agent) types.Record {
	return types.NewRecord(types.RecordMap{
		"id":           types.String(a.ID),
		"principal":    types.String(a.Principal),
		"capabilities": texts(a.Capabilities),
		"exposure":     exposures[a.Exposure],
		"speculative":  exposures[a.Speculative],
		"depth":        types.Long(a.Depth),
		"flights":      types.Long(a.Flights),
	})
}

func texts(list []string) types.Set {
	values := make([]types.Value, len(list))
	for i, s := range list {
		values[i] = types.String(s)
	}
	return types.NewSet(values...)
}

// wanted says which arguments the policies at hand may read.
type wanted struct {
	all   bool
	names []string // members of the arguments
}

func (w *wanted) add(p *policy) {
	for _, m := range p.reading.Arguments {
		if len(m.Path) == 0 {
			w.all = true
		} else if !slices.Contains(w.names, m.Path[0]) {
			w.names = append(w.names, m.Path[0])
		}
	}
}

func (w wanted) has(name string) bool { return w.all || slices.Contains(w.names, name) }
