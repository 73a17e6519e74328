// Package tomlpos reads TOML that a person wrote and tells that person everything that is wrong with it, each mistake with
// its file and line.
//
// It decides whether a document is well formed and fits a Go type: keys that nobody knows, keys set twice and values of
// another type are mistakes, and all of them are reported together. It trusts nothing about the bytes: size, depth and the
// number of reported mistakes are bounded, and text taken from the document is quoted and cut before it is shown. It never
// guesses a value, never converts one type into another and never shows a value, since a value may be a secret.
package tomlpos
