// Package defaults holds the flow policy that a new installation starts with.
package defaults

import _ "embed"

// FlowFile is the name of the flow policy in a registry's folder.
const FlowFile = "flow.toml"

//go:embed flow.toml
var flow []byte

// Flow is a commented flow policy, which the caller writes as FlowFile into a new registry's folder.
func Flow() []byte { return append([]byte(nil), flow...) }
