package config

import (
	"bytes"
	"crypto/ed25519"
	_ "embed"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"text/template"

	"argus/internal/tomlpos"
)

// Initial is what argus init knows when it writes the first configuration.
type Initial struct {
	OperatorKey ed25519.PublicKey
	Listen      netip.AddrPort  // zero: the default
	Plugins     []InitialPlugin // at most one of each kind
}

// InitialPlugin is a plugin found beside argus.
type InitialPlugin struct {
	Kind     Kind
	Binary   string
	SHA256   string
	Settings map[string]string
}

//go:embed argus.toml.tmpl
var initialText string

var initialTemplate = template.Must(template.New("argus.toml").Funcs(template.FuncMap{"quote": quote, "inline": inline}).Parse(initialText))

// Render writes a commented argus.toml that works as it is. The caller writes it into the folder whose "state" is to be the
// state folder, for its owner alone to change.
func Render(initial Initial) ([]byte, error) {
	if !initial.Listen.IsValid() {
		initial.Listen = netip.MustParseAddrPort("127.0.0.1:8741")
	}
	var text bytes.Buffer
	err := initialTemplate.Execute(&text, map[string]any{
		"Listen": initial.Listen.String(), "Key": FormatKey(initial.OperatorKey), "Plugins": initial.Plugins,
	})
	if err != nil {
		return nil, fmt.Errorf("write the first configuration: %w", err)
	}
	return text.Bytes(), accepted(text.Bytes())
}

// accepted holds the text to the rules of Load, so that argus init never leaves a file behind that argus refuses.
func accepted(text []byte) error {
	l := &layers{places: map[string]tomlpos.Where{}, files: []string{"/argus.toml"}}
	doc, problems := tomlpos.Parse("argus.toml", text)
	if doc == nil {
		return problems
	}
	var d document
	problems = append(problems, doc.Decode(&d)...)
	c := checker{layers: l}
	c.mcp(&d)
	c.operator(d.Operator.Key)
	c.limits(&d.Limits)
	c.llm(&d.LLM, c.upstreams(d.Upstreams))
	c.plugins(d.Plugins, len(d.Servers) > 0)
	return append(problems, c.problems...).Sorted().Err()
}

// quote writes a basic string of TOML.
func quote(text string) (string, error) {
	if !printable(text) {
		return "", fmt.Errorf("%s holds control characters", tomlpos.Quote(text))
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`, nil
}

func inline(table map[string]string) (string, error) {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(table)) {
		name, err := quote(key)
		if err != nil {
			return "", err
		}
		value, err := quote(table[key])
		if err != nil {
			return "", err
		}
		parts = append(parts, name+" = "+value)
	}
	if len(parts) == 0 {
		return "{}", nil
	}
	return "{ " + strings.Join(parts, ", ") + " }", nil
}
