// Channels attacks a running Argus by every way in which MCP carries bytes, in both eras of it, and prints what became of each attack.
//
// An agent that has read a secret tries to carry it out to a server whose log shows all that reached it. A server tries to reach an agent with
// its text, and the agent then tries to do harm. Sessions and request states are used by whom they were not made for. Each attack has a control: the same
// way, used by whoever may use it, must work.
//
// The judge trusts nothing that Argus says of itself: a secret has leaked when it is in the server's log, a text has arrived when it is among
// the bytes that the client received, and a call was refused when its server has not heard of it.
package main
