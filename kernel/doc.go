// Package kernel decides every transition of the protocol: which agent may be born, which call may start, what
// a result does to the exposure of the agent that receives it, and what may leave.
//
// It decides by three values and nothing else: the theory, the state, and one input. [Step] is total, pure and
// deterministic: no clock, no randomness, no I/O, no map order. A refusal leaves the state as it was.
//
// # What it trusts
//
// The host, which binds a proven identity to the agent named in an input, works out labels, sinks, conformance and
// bit counts, refuses theories that are not well formed ([NewTheory]) or not admissible ([Admissible]), and makes a
// step durable before its effect. The oracles, whose verdicts arrive as data bound to what they were asked about.
//
// # What it never does
//
// It never asks an oracle, never reads arguments or results, never repairs an input: what is outside its
// catalogue is refused. The zero value of every type is the strictest: the zero [Exposure] is the most exposed,
// the zero [Theory] has no tools and denies every flow, the zero [State] has no agents.
//
// # Two kinds of file
//
// What decides is written in a small subset of Go that is translated mechanically into Gallina and proved. Files
// that only build, describe or show values carry the directive argus:untranslated above their package clause;
// no translated file uses them. The translator, formal/gorocq, refuses whatever it does not know, and purity_test.go
// holds both kinds to depending on nothing but their arguments.
package kernel
