package llm

import (
	"net/http"
	"slices"
	"strings"
)

// toVendor are the headers of a request that go on to the vendor, in lower case, beside its key. What a transport or a proxy could act on is not
// among them, and neither is any of ours. No key of idempotency is: several rounds would have one, and agents that share the vendor's key would share
// its memory of answers.
var toVendor = []string{
	"user-agent", "x-client-request-id", "anthropic-version", "anthropic-beta", "openai-organization", "openai-project", "openai-beta",
	"x-stainless-lang", "x-stainless-package-version", "x-stainless-os", "x-stainless-arch", "x-stainless-runtime", "x-stainless-runtime-version",
	"x-stainless-async", "x-stainless-retry-count", "x-stainless-timeout", "x-stainless-read-timeout", "x-stainless-helper", "x-stainless-helper-method",
}

// maxHeader bounds what a client can say in a header that goes on, which no check of what goes out covers.
const maxHeader = 512

// toClient are the headers of an answer that go on to the client. A name that ends in "*" stands for all that begin so.
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

// anyValue reports whether one of the values is so.
func anyValue(h http.Header, is func(string) bool) bool {
	for _, values := range h {
		if slices.ContainsFunc(values, is) {
			return true
		}
	}
	return false
}

func tooLong(value string) bool { return len(value) > maxHeader }
