package llm

import (
	"net/http"
	"slices"
	"strings"
)

// toVendor are the headers of a request that go on to the vendor, in lower case, beside its key. A name that ends in "*" stands for all that
// begin so. What a transport or a proxy could act on is not among them, and neither is any of ours.
var toVendor = []string{
	"user-agent", "idempotency-key", "x-client-request-id", "x-stainless-*",
	"anthropic-version", "anthropic-beta", "openai-organization", "openai-project", "openai-beta",
}

// toClient are the headers of an answer that go on to the client.
var toClient = []string{
	"request-id", "x-request-id", "retry-after", "retry-after-ms", "x-should-retry", "x-ratelimit-*", "anthropic-ratelimit-*",
	"anthropic-organization-id", "openai-organization", "openai-version", "openai-processing-ms",
}

// copyHeaders adds to out those headers of in that a list names.
func copyHeaders(out, in http.Header, names []string) {
	for name, values := range in {
		if listed(strings.ToLower(name), names) {
			out[name] = values
		}
	}
}

func listed(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		prefix, any := strings.CutSuffix(n, "*")
		return any && strings.HasPrefix(name, prefix) || n == name
	})
}

// leaks reports whether any of the values holds a secret.
func leaks(h http.Header, secret string) bool {
	for _, values := range h {
		for _, v := range values {
			if strings.Contains(v, secret) {
				return true
			}
		}
	}
	return false
}
