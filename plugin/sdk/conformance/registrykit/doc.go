// Package registrykit holds a registry to its requirements. It pins tools of servers whose names begin with conformance, so what the
// registry of a test writes to has to be a copy.
package registrykit
