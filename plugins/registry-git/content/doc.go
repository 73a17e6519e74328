// Package content turns the files of a registry's folder into what the host builds its theory from.
//
// It decides whether the files say what they must and whether the theory they make is well formed: a monotone flow policy, names
// of the catalogues, trusted issuers, and no reader of a store with a label below what a writer may leave there. It trusts no
// file; all mistakes are reported together, each with its line and what mends it, and with any of them there is no content at
// all. It implies nothing: a key that decides something must be written. The host checks the theory again; this package is how a
// person learns the line.
package content
