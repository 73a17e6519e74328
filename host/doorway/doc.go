// Package doorway is what the doors of agents over HTTP have in common: who may be at the other end, as which agent a request acts, how a body
// is read, and how a door closes.
//
// It decides whether a request can come from a program of this machine that means this door. No web page passes, whatever the browser of the
// machine was made to believe, unless its origin is listed. It trusts the address at which a connection came in, and nothing that a request
// says of itself. It never proves whose a request is: that is for the token, and for the door behind this one.
package doorway
