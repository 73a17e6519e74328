// Package auditkit holds an audit sink to its requirements. It appends events of a principal named conformance after whatever the sink has kept, so
// the store of a test has to be one that nobody needs.
package auditkit
