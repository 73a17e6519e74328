// Package folder reads a registry's folder, tells when it changed, and replaces one file in it.
//
// It decides which files count: regular ones named *.toml, that nobody but their owner or root can change, none of them reached
// through a link that leads out of the folder. It trusts nothing about their number or size; both are bounded. What cannot be
// read is a problem and never a file that is quietly left out: a missing file could hide the reader of a store.
package folder
