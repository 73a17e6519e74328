package config

import (
	"regexp"
	"slices"
	"strings"

	"argus/internal/tomlpos"
)

// The words of the protocol that a source and an upstream are told in.
var (
	levels      = []string{"public", "internal", "sensitive", "restricted"}
	integrities = []string{"untrusted", "observed", "verified", "proven"}
	egressSinks = []string{"llm_provider", "network_external", "network_internal"}
)

var flowName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

func (c *checker) grpc(doc *document) GRPC {
	return GRPC{MaxRequestBytes: c.whole("grpc.max_request_bytes", doc.GRPC.MaxRequestBytes, leastRequest, mostRequest)}
}

func (c *checker) sources(tables map[string]tomlpos.Value[sourceTable]) map[string]Source {
	sources := map[string]Source{}
	for name, t := range tables {
		c.flowName(t.At, "source", name)
		c.oneOf(t.At, "source."+name+".level", t.V.Level, levels)
		c.oneOf(t.At, "source."+name+".integrity", t.V.Integrity, integrities)
		sources[name] = Source{Level: t.V.Level.V, Integrity: t.V.Integrity.V}
	}
	return sources
}

func (c *checker) upstreams(tables map[string]tomlpos.Value[upstreamTable]) map[string]Upstream {
	upstreams := map[string]Upstream{}
	for name, t := range tables {
		c.flowName(t.At, "upstream", name)
		c.oneOf(t.At, "upstream."+name+".sink", t.V.Sink, egressSinks)
		upstreams[name] = Upstream{Sink: t.V.Sink.V}
	}
	return upstreams
}

func (c *checker) flowName(at tomlpos.Where, kind, name string) {
	if !flowName.MatchString(name) {
		c.fault(at, "use 1 to 32 of a-z, 0-9, _ and -, beginning with a letter", "%s is no name of a %s", tomlpos.Quote(name), kind)
	}
}

// oneOf holds a text to a closed list. What is missing is a mistake of the table.
func (c *checker) oneOf(table tomlpos.Where, key string, v tomlpos.Value[string], among []string) {
	if slices.Contains(among, v.V) {
		return
	}
	at := v.At
	if at.Line == 0 {
		at = table
	}
	c.fault(at, "write one of "+strings.Join(among, ", "), "%s is missing, or is none that the protocol knows", key)
}
