package config

import (
	"net/netip"
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

// grpc admits an address only with TLS: bearers would cross the network in the clear.
func (c *checker) grpc(doc *document) GRPC {
	t := &doc.GRPC
	g := GRPC{MaxRequestBytes: c.whole("grpc.max_request_bytes", t.MaxRequestBytes, leastRequest, mostRequest)}
	for _, file := range []struct {
		key      string
		value    tomlpos.Value[string]
		required bool
		path     *string
	}{
		{"grpc.certificate", t.Certificate, true, &g.Certificate}, {"grpc.key", t.Key, true, &g.Key}, {"grpc.client_ca", t.ClientCA, false, &g.ClientCA},
	} {
		switch {
		case file.value.V != "" && t.Listen.V == "":
			c.fault(file.value.At, `write listen = "0.0.0.0:8742" beside it`, "%s is for grpc.listen, which is not set", file.key)
		case file.value.V != "":
			*file.path, _ = c.absolute(file.key, file.value)
		case file.required && t.Listen.V != "":
			c.fault(t.Listen.At, "name the PEM file", "grpc.listen takes TLS, and %s is not set", file.key)
		}
	}
	if t.Listen.V == "" {
		return g
	}
	addr, err := netip.ParseAddrPort(t.Listen.V)
	if err != nil {
		c.fault(t.Listen.At, `write listen = "127.0.0.1:8742"`, "grpc.listen must be an IP address and a port")
	}
	g.Listen = addr
	return g
}

func (c *checker) sources(tables map[string]tomlpos.Value[sourceTable]) map[string]Source {
	sources := map[string]Source{}
	for name, t := range tables {
		c.flowName(t.At, "source", name)
		sources[name] = c.label("source."+name, t)
	}
	return sources
}

func (c *checker) label(key string, t tomlpos.Value[sourceTable]) Source {
	c.oneOf(t.At, key+".level", t.V.Level, levels)
	c.oneOf(t.At, key+".integrity", t.V.Integrity, integrities)
	return Source{Level: t.V.Level.V, Integrity: t.V.Integrity.V}
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
