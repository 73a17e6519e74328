package kernel

// registerTool lets a tool of the theory be called, once.
func (t Theory) registerTool(s State, in RegisterTool) Outcome {
	tool, ok := t.tools.Get(in.Tool)
	if !ok {
		return Refused{UnknownTool{in.Tool}}
	}
	if !t.issuers.Has(tool.Issuer) {
		return Refused{UntrustedIssuer{Tool: in.Tool, Issuer: tool.Issuer}}
	}
	if s.Tools.Has(in.Tool) {
		return Refused{AlreadyRegistered{in.Tool}}
	}
	s.Tools = s.Tools.Add(in.Tool)
	return Accepted{State: s, Event: Registered{Theory: t.digest, Tool: in.Tool, Issuer: tool.Issuer}}
}
