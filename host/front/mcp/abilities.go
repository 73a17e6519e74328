package mcp

import (
	"argus/host/upstream"
	"argus/internal/ijson"
)

// readAbilities reads what a client says that it can be asked. What is not said as the protocol says it, is not said; only a name that
// could be taken for another is refused.
func readAbilities(capabilities ijson.Value) (upstream.Abilities, bool) {
	if capabilities.Exact("sampling", "elicitation", "roots") != nil {
		return upstream.Abilities{}, false
	}
	sampling, samples := capability(capabilities, "sampling")
	elicitation, elicits := capability(capabilities, "elicitation")
	if samples && sampling.Exact("tools") != nil || elicits && elicitation.Exact("form", "url") != nil {
		return upstream.Abilities{}, false
	}
	_, tools := capability(sampling, "tools")
	_, form := capability(elicitation, "form")
	_, url := capability(elicitation, "url")
	_, roots := capability(capabilities, "roots")
	return upstream.Abilities{
		Sampling: samples, SamplingTools: tools,
		Elicitation: form || elicits && !url, ElicitationURL: url, // a client that names neither means forms, as all did once
		Roots: roots,
	}, true
}

func capability(of ijson.Value, name string) (ijson.Value, bool) {
	v, _ := of.Member(name)
	return v, v.Kind() == ijson.Object
}
