package pin

import (
	"fmt"
	"strings"
	"unicode"

	"argus/plugin/sdk/registry"
)

const maxSummary = 200

func header(server string) []byte {
	return fmt.Appendf(nil, `# What is decided about %[1]s. The entry of a tool is in force only while the digest of the server's definition is the one
# written here; argus registry pin %[1]s writes the digests of the definitions that you have seen.
#
# Its channels are closed until they are declared here, as [channels.NAME] with capabilities, label, sinks and stores: resources,
# prompts, completion, sampling, elicitation, roots, log, progress.
server = "%[1]s"
`, server)
}

func newEntries(tools []registry.PinTool, capabilities []string) string {
	var text strings.Builder
	for _, t := range tools {
		text.WriteString(newEntry(t, capabilities))
	}
	return text.String()
}

func newInstructions(digest string) string {
	return fmt.Sprintf(`
# The text with which the server introduces itself to agents, as you have seen it.
[%s]
digest = %q
`, instructionsPath, digest)
}

// newEntry denies until a person narrows it: it asks for every capability, so that only an agent that holds them all can call
// it; its label is the highest, so that it may reach no sink that is closed to that label and an agent that called it reaches
// none; its sinks are all that the confinement of its server makes possible; and its stores are unstated, which counts as the
// server's own, read and written.
func newEntry(t registry.PinTool, capabilities []string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "\n# %s, says the server (do not trust it): %s\n", comment(t.Name, 64), comment(t.Summary, maxSummary))
	fmt.Fprintf(&text, "[[tool]]\nname = %s\ndigest = %q\n", quote(t.Name), t.Digest)
	text.WriteString("# New, with the strictest values. Narrow each to the truth about this tool:\n")
	fmt.Fprintf(&text, "capabilities = %s # those that a caller needs\n", list(capabilities))
	text.WriteString(`label = { level = "restricted", integrity = "untrusted" } # the most confidential and least trustworthy it can bring` + "\n")
	fmt.Fprintf(&text, "sinks = %s # where its effects can go\n", list(t.Sinks))
	text.WriteString("endorsed = false\n")
	text.WriteString("# stores = { reads = [], writes = [] } # places it reads and writes; while unstated, all that the server remembers\n")
	return text.String()
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// quote writes a basic string of TOML.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case unicode.IsGraphic(r):
			out.WriteRune(r)
		default:
			fmt.Fprintf(&out, `\U%08X`, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// comment makes text that a server wrote fit for one line of a comment: what is not printable, line ends and the controls that
// turn the reading direction among it, becomes a space.
func comment(text string, most int) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) && r != unicode.ReplacementChar {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, " "))
	runes := []rune(strings.Join(strings.Fields(clean), " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	if len(runes) == 0 {
		return "nothing"
	}
	return string(runes)
}
