// Package oraclekit holds an oracle to its requirements. Its questions are about a server named conformance, which no policy knows: it
// asks whether answers belong to their questions and are what they say they are, and never whether a policy is a good one.
package oraclekit
