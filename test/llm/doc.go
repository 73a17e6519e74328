// Llm runs agents on the official clients of model vendors against a vendor on loopback, with a running Argus between them and without it, and
// prints what became of each.
//
// The vendor's model is obedient: it does what a mail asks, which is to read a private note and to post it. Without Argus the note arrives,
// which shows that each case can fail. Through Argus the post must not reach the client, whatever the model tries next, and everyday tasks must go
// through. What has leaked is counted by the clients, whose tools do nothing but count, and what a vendor may not learn is looked for in all
// bytes that reached it. Nothing that Argus says of itself is trusted.
package main
