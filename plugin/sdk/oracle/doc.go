// Package oracle is for plugins that authorize calls and vouch for content, and for the host that asks them.
//
// An author implements Oracle and calls Serve from main. The host holds a Client. Nothing here decides about data flow: the
// kernel does, with an oracle's answers as data.
//
// # Trust
//
// An oracle is trusted to decide. It is not trusted to be free of bugs: the Client checks that an answer carries the nonce and
// the argument digest of its question, that it was computed under the policy that was asked for, and that everything in it is
// known and bounded. What does not hold is an error and never an answer. An evaluation error never authorizes.
package oracle
