package content

import (
	"slices"

	"argus/internal/tomlpos"
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
)

// flowTable is the shape of flow.toml.
type flowTable struct {
	Capabilities []tomlpos.Value[string]                                 `toml:"capabilities"`
	Issuers      tomlpos.Value[[]tomlpos.Value[string]]                  `toml:"issuers"`
	Endorse      []tomlpos.Value[string]                                 `toml:"endorse"`
	Flow         map[string]tomlpos.Value[map[string]tomlpos.Value[any]] `toml:"flow"`
}

func (r *reader) readFlow(files []File) {
	i := slices.IndexFunc(files, func(f File) bool { return f.Name == FlowFile })
	if i < 0 {
		r.flowBroken = true
		r.fault(tomlpos.Where{File: FlowFile}, "argus init writes one", "there is no flow policy")
		return
	}
	var t flowTable
	r.flowOrigin = registry.Origin{File: files[i].Path, Line: 1}
	doc, whole := r.parse(files[i], &t)
	r.flowBroken = !whole
	if doc == nil {
		return
	}
	r.addCapabilities(t.Capabilities)
	r.addIssuers(t.Issuers)
	for _, v := range t.Endorse {
		r.endorsements = append(r.endorsements, registry.Endorsement{Slot: v.V, Origin: origin(v.At)})
	}
	before := len(r.problems)
	r.addRows(doc, t.Flow)
	if len(r.problems) == before {
		r.checkMonotone()
	}
	r.flowBroken = r.flowBroken || len(r.problems) > before
}

func origin(at tomlpos.Where) registry.Origin { return registry.Origin{File: at.File, Line: at.Line} }

func (r *reader) addCapabilities(values []tomlpos.Value[string]) {
	const most = 1024
	if len(values) > most {
		r.fault(values[most].At, "", "more than %d capabilities", most)
		values = nil
	}
	for _, v := range values {
		switch {
		case !sdk.IsCapabilityName(v.V):
			r.fault(v.At, "use small letters, digits and _", "%s cannot be the name of a capability", tomlpos.Quote(v.V))
		case slices.Contains(r.capabilities, v.V):
			r.fault(v.At, "remove it", "capability %s is built in or listed twice", v.V)
		default:
			r.capabilities = append(r.capabilities, v.V)
		}
	}
}

func (r *reader) addIssuers(list tomlpos.Value[[]tomlpos.Value[string]]) {
	if !list.Set() {
		return
	}
	r.issuers = nil
	for _, v := range list.V {
		if err := sdk.CheckText("an issuer", v.V, 1, 256); err != nil {
			r.fault(v.At, "", "%v", err)
			continue
		}
		r.issuers = append(r.issuers, v.V)
	}
}

func (r *reader) addRows(doc *tomlpos.Doc, flow map[string]tomlpos.Value[map[string]tomlpos.Value[any]]) {
	for sink, rows := range flow {
		if !r.known("sink", tomlpos.Value[string]{V: sink, At: rows.At}, sinks) {
			continue
		}
		for level, v := range rows.V {
			if !r.known("level", tomlpos.Value[string]{V: level, At: v.At}, levels) {
				continue
			}
			path := tomlpos.Join(tomlpos.Join("flow", sink), level)
			row := row{modes: r.row(doc, path, v), at: v.At}
			r.policy[slices.Index(sinks, sink)][slices.Index(levels, level)] = row
		}
	}
}

// row completes what a line says: its text holds at any integrity; of its table, each mode holds at its integrity and better,
// until the next better one that is named.
func (r *reader) row(doc *tomlpos.Doc, path string, v tomlpos.Value[any]) (modes modesByIntegrity) {
	if _, isTable := v.V.(map[string]any); !isTable {
		var one tomlpos.Value[string]
		r.problems = append(r.problems, tomlpos.Decode(path, v.V, doc.Where, &one)...)
		m := r.mode(one)
		return modesByIntegrity{m, m, m, m}
	}
	var named map[string]tomlpos.Value[string]
	r.problems = append(r.problems, tomlpos.Decode(path, v.V, doc.Where, &named)...)
	for name, at := range named {
		r.known("integrity", tomlpos.Value[string]{V: name, At: at.At}, integrities)
	}
	last := deny
	for i, integrity := range integrities {
		if m, ok := named[integrity]; ok {
			last = r.mode(m)
		}
		modes[i] = last
	}
	return modes
}

func (r *reader) mode(v tomlpos.Value[string]) mode {
	m, ok := modeOf(v.V)
	if !ok && v.Set() {
		r.fault(v.At, `write "allow" or "inspect"; leave out what is denied`, "%s is not a mode", tomlpos.Quote(v.V))
	}
	return m
}
