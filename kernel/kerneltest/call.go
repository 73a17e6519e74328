package kerneltest

import "argus/kernel"

// Arguments is the digest of the arguments of [Call].
const Arguments kernel.Digest = "arguments-1"

// everything is what an oracle reads that reads all it may.
const everything = kernel.ReadCapabilities | kernel.ReadExposure | kernel.ReadSpeculative | kernel.ReadDepth | kernel.ReadFlights

// Call is an authorized start of a tool with all that it declares, with verdicts by an oracle that read every
// attribute of the agent as it is now.
func Call(t kernel.Theory, s kernel.State, agent kernel.AgentID, tool kernel.ToolID, vouched bool) kernel.InvokeStart {
	d, _ := t.Tools().Get(tool)
	return Bind(t, s, kernel.InvokeStart{
		Agent: agent, Tool: tool, Arguments: Arguments, Label: d.Label, Sinks: d.Sinks,
		Verdicts: kernel.Verdicts{Authorized: true, Vouched: vouched},
	})
}

// Bind is the start with its verdicts bound to it and to the agent as it is now.
func Bind(t kernel.Theory, s kernel.State, in kernel.InvokeStart) kernel.InvokeStart {
	reading, _ := s.Reading(t, in.Agent, everything)
	in.Verdicts.Binding = kernel.Binding{
		Agent: in.Agent, Tool: in.Tool, Arguments: in.Arguments, Label: in.Label, Sinks: in.Sinks,
		Policy: t.OraclePolicy(), Reading: reading,
	}
	return in
}

// Egress is a check of one flow outside any tool, with a verdict bound to the agent as it is now.
func Egress(t kernel.Theory, s kernel.State, agent kernel.AgentID, e kernel.Sink, vouched bool) kernel.EgressCheck {
	reading, _ := s.Reading(t, agent, everything)
	const content kernel.Digest = "content-1"
	return kernel.EgressCheck{
		Agent: agent, Sink: e, Content: content,
		Verdicts: kernel.EgressVerdicts{Vouched: vouched, Binding: kernel.EgressBinding{
			Agent: agent, Sink: e, Content: content, Policy: t.OraclePolicy(), Reading: reading,
		}},
	}
}
