package sdk

import pluginv1 "argus/proto/argus/plugin/v1"

// Kind is what a plugin is for.
type Kind uint8

// The zero Kind is none and is refused.
const (
	KindOracle Kind = iota + 1
	KindSandbox
	KindRegistry
	KindAudit
)

var kindNames = map[Kind]string{KindOracle: "oracle", KindSandbox: "sandbox", KindRegistry: "registry", KindAudit: "audit"}

// String is the name of k as in the configuration.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return "unknown"
}

// ParseKind reads the name of a kind.
func ParseKind(name string) (Kind, bool) {
	for k, known := range kindNames {
		if known == name {
			return k, true
		}
	}
	return 0, false
}

func (k Kind) wire() pluginv1.Kind {
	switch k {
	case KindOracle:
		return pluginv1.Kind_KIND_ORACLE
	case KindSandbox:
		return pluginv1.Kind_KIND_SANDBOX
	case KindRegistry:
		return pluginv1.Kind_KIND_REGISTRY
	case KindAudit:
		return pluginv1.Kind_KIND_AUDIT
	}
	return pluginv1.Kind_KIND_UNSPECIFIED
}
