package mcp

// discover tells what a client may ask for, as far as that does not depend on the asking.
func (f *Front) discover(t turn) answer {
	if !fits(t.params) {
		return answer{err: wrongParams}
	}
	out := append([]byte(`{"supportedVersions":`), versions...)
	out = append(append(out, `,"capabilities":`...), f.capabilities()...)
	return answer{result: append(f.appendInstructions(out), '}')}
}
