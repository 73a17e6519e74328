package llm

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"testing"

	"argus/host/front/llm/wire"
	"argus/host/inventory"
	"argus/host/mediate/mediatetest"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// tool is one line of the rig's registry.
type tool struct{ name, schema, level, integrity, sink string }

const anything = `{"type":"object","properties":{"n":{"type":"integer"}}}`

// clientTools are run by the program of the agents, hostTools by a server of Argus's.
var (
	clientTools = []tool{
		{"read_db", anything, "sensitive", "verified", ""},
		{"send_mail", anything, "public", "verified", "network_external"},
	}
	hostTools = []tool{
		{"weather", anything, "internal", "verified", ""},
		{"post", anything, "public", "verified", "network_external"},
		{"secrets", anything, "restricted", "verified", ""},
		{"web_search", anything, "public", "verified", ""}, // as a vendor calls one of its own
	}
)

// hostedSearch is a tool of the vendor's own, as it is pinned.
const hostedSearch = `{"type":"web_search_20250305","name":"web_search","max_uses":1}`

func parsed(t *testing.T, text string) ijson.Value {
	t.Helper()
	v, err := ijson.ParseString(text, ijson.AtMost(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// about describes a tool.
func about(name string) string { return fmt.Sprintf("%q", "does "+name) }

// stockOf is the inventory in force. urls says whether the vendor may fetch what an address names.
func stockOf(t *testing.T, urls bool) mediatetest.Stock {
	t.Helper()
	src := inventory.Source{OraclePolicy: "policy"}
	add := func(s *inventory.Server, d tool, raw ijson.Value) {
		def := inventory.Definition{Name: d.name, Digest: ijson.Digest(raw), Raw: raw}
		s.Tools = append(s.Tools, def)
		entry := registry.Entry{
			Server: s.Name, Channel: registry.Tool, Tool: d.name, Digest: def.Digest, Level: d.level, Integrity: d.integrity,
			Stores: &registry.Stores{}, Issuer: "local",
		}
		if d.sink != "" {
			entry.Sinks = []string{d.sink}
		}
		src.Content.Entries = append(src.Content.Entries, entry)
	}
	program, weather := inventory.Server{Name: "program", Client: true}, inventory.Server{Name: "weather"}
	for _, d := range clientTools {
		add(&program, d, wire.Definition(d.name, parsed(t, about(d.name)), parsed(t, d.schema)))
	}
	add(&program, tool{"web_search_20250305", "", "public", "untrusted", "network_external"}, parsed(t, hostedSearch))
	if urls {
		add(&program, tool{fetching.Name, "", "public", "untrusted", "network_external"}, fetching.Raw)
	}
	for _, d := range hostTools {
		add(&weather, d, wire.Definition(d.name, parsed(t, about(d.name)), parsed(t, d.schema)))
	}
	for _, integrity := range []string{"untrusted", "observed", "verified", "proven"} {
		src.Content.Flow = append(src.Content.Flow, registry.Cell{Level: "public", Integrity: integrity, Sink: "network_external", Mode: registry.Allow})
		for _, level := range []string{"public", "internal", "sensitive"} {
			src.Content.Flow = append(src.Content.Flow, registry.Cell{Level: level, Integrity: integrity, Sink: "llm_provider", Mode: registry.Allow})
		}
	}
	src.Servers = []inventory.Server{program, weather}
	built, problems := inventory.Build(src)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return mediatetest.Stock{Now: built}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
