// This file gives the words of the protocol their text, both ways.

//argus:untranslated
package kernel

import (
	"slices"
	"strings"
)

// unknownText stands for a value outside its catalogue. No Parse function reads it.
const unknownText = "unknown"

// name is the text of the n-th of names.
func name[T ~uint8](n T, names []string) string {
	if int(n) < len(names) {
		return names[n]
	}
	return unknownText
}

// parse is the value whose text is s. Case counts, and nothing is trimmed.
func parse[T ~uint8](s string, names []string) (T, bool) {
	i := slices.Index(names, s)
	if i < 0 {
		return 0, false
	}
	return T(i), true
}

func levelNames() []string     { return []string{"restricted", "sensitive", "internal", "public"} }
func integrityNames() []string { return []string{"untrusted", "observed", "verified", "proven"} }
func modeNames() []string      { return []string{"deny", "inspect", "allow"} }
func endingNames() []string    { return []string{"unknown", "success", "failure"} }

func sinkNames() []string {
	return []string{
		"network_external", "network_internal", "filesystem_write", "ipc", "llm_provider",
		"destructive", "financial", "execution", "account_change",
	}
}

func attributeNames() []string {
	return []string{"capabilities", "exposure", "speculative", "depth", "flights"}
}

// String is the level's name in the protocol.
func (l Level) String() string { return name(l, levelNames()) }

// String is the integrity's name in the protocol.
func (i Integrity) String() string { return name(i, integrityNames()) }

// String is the sink's name in the protocol.
func (e Sink) String() string { return name(e, sinkNames()) }

// String is the mode's name in the protocol.
func (m Mode) String() string { return name(m, modeNames()) }

// String is the ending's name in the protocol.
func (o Ending) String() string { return name(o, endingNames()) }

// String is level/integrity.
func (x Exposure) String() string { return x.Level.String() + "/" + x.Integrity.String() }

// String lists the sinks, with commas.
func (es Sinks) String() string {
	var names []string
	for _, e := range es.List() {
		names = append(names, e.String())
	}
	return strings.Join(names, ",")
}

// String lists the attributes, with commas.
func (as Attributes) String() string {
	var names []string
	for i, s := range attributeNames() {
		if as.Has(1 << i) {
			names = append(names, s)
		}
	}
	return strings.Join(names, ",")
}

// ParseLevel reads a level by its name.
func ParseLevel(s string) (Level, bool) { return parse[Level](s, levelNames()) }

// ParseIntegrity reads an integrity by its name.
func ParseIntegrity(s string) (Integrity, bool) { return parse[Integrity](s, integrityNames()) }

// ParseSink reads a sink by its name.
func ParseSink(s string) (Sink, bool) { return parse[Sink](s, sinkNames()) }

// ParseMode reads a mode by its name.
func ParseMode(s string) (Mode, bool) { return parse[Mode](s, modeNames()) }

// ParseEnding reads an ending by its name.
func ParseEnding(s string) (Ending, bool) { return parse[Ending](s, endingNames()) }

// ParseAttribute reads one attribute by its name.
func ParseAttribute(s string) (Attributes, bool) {
	i := slices.Index(attributeNames(), s)
	if i < 0 {
		return 0, false
	}
	return 1 << i, true
}
