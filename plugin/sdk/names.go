package sdk

import (
	"slices"
	"strings"
)

// The closed catalogues of the protocol as they are written on the wire, weakest first where there is an order.
var (
	levels      = []string{"public", "internal", "sensitive", "restricted"}
	integrities = []string{"untrusted", "observed", "verified", "proven"}
	sinks       = []string{
		"network_external", "network_internal", "filesystem_write", "ipc", "llm_provider",
		"destructive", "financial", "execution", "account_change",
	}
	capabilities = []string{
		"filesystem_read", "filesystem_write", "filesystem_delete", "network_egress", "network_ingress", "execution_shell",
		"execution_code", "credentials", "system_info", "system_modify", "clipboard", "browser_navigate", "database_read",
		"database_write", "ipc",
	}
)

// Levels are the names of confidentiality, lowest first.
func Levels() []string { return slices.Clone(levels) }

// Integrities are the names of integrity, lowest first.
func Integrities() []string { return slices.Clone(integrities) }

// Sinks are the names of where a call's effect goes.
func Sinks() []string { return slices.Clone(sinks) }

// Capabilities are the names of the built-in catalogue; a registry may add more.
func Capabilities() []string { return slices.Clone(capabilities) }

// IsLevel reports whether name is a level, by its exact spelling.
func IsLevel(name string) bool { return slices.Contains(levels, name) }

// IsIntegrity reports whether name is an integrity, by its exact spelling.
func IsIntegrity(name string) bool { return slices.Contains(integrities, name) }

// IsSink reports whether name is a sink, by its exact spelling.
func IsSink(name string) bool { return slices.Contains(sinks, name) }

// IsCapability reports whether name is in the built-in catalogue.
func IsCapability(name string) bool { return slices.Contains(capabilities, name) }

// IsCapabilityName reports whether name could be a capability that a registry adds.
func IsCapabilityName(name string) bool {
	return len(name) >= 1 && len(name) <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
