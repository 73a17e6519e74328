package config

import (
	"fmt"
	"net/netip"
	"net/url"

	"argus/internal/tomlpos"
)

const (
	leastRequest = 1 << 10
	mostRequest  = 64 << 20
	mostOrigins  = 64
)

func (c *checker) mcp(doc *document) MCP {
	return MCP{
		Listen:          c.loopback("mcp.listen", "127.0.0.1:8741", doc.MCP.Listen),
		AllowedOrigins:  c.origins(doc.MCP.AllowedOrigins),
		MaxRequestBytes: c.whole("mcp.max_request_bytes", doc.MCP.MaxRequestBytes, leastRequest, mostRequest),
	}
}

// loopback admits loopback addresses only: the doors speak plain HTTP, and bearers would cross any other network in the clear. A name is
// refused too, since what it resolves to is decided elsewhere.
func (c *checker) loopback(key, usual string, v tomlpos.Value[string]) netip.AddrPort {
	fix := fmt.Sprintf("write listen = %q", usual)
	addr, err := netip.ParseAddrPort(v.V)
	if err != nil {
		c.fault(v.At, fix, "%s must be an IP address and a port", key)
		return netip.AddrPort{}
	}
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	if !addr.Addr().IsLoopback() || addr.Addr().Zone() != "" {
		c.fault(v.At, fix, "%s must be a loopback address: Argus serves this machine only", key)
		return netip.AddrPort{}
	}
	return addr
}

func (c *checker) origins(values []tomlpos.Value[string]) []string {
	if len(values) > mostOrigins {
		c.fault(values[mostOrigins].At, "", "mcp.allowed_origins has more than %d entries", mostOrigins)
		return nil
	}
	var origins []string
	for _, v := range values {
		if !exactOrigin(v.V) {
			c.fault(v.At, `write scheme, host and port as a browser sends them: "https://app.example:8443"`,
				"an allowed origin must be exact")
			continue
		}
		origins = append(origins, v.V)
	}
	return origins
}

// exactOrigin holds text to what browsers put into the Origin header; "null" and patterns are what attackers can send as well.
func exactOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Hostname() == "" {
		return false
	}
	for _, r := range u.Host {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == ':' || r == '[' || r == ']') {
			return false
		}
	}
	return u.Scheme+"://"+u.Host == text
}
