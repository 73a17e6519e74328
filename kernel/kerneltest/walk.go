package kerneltest

import (
	"pgregory.net/rapid"

	"argus/kernel"
)

// Walk tells a trace a run of random steps, the same for the same seed. Most are accepted: of inputs that are refused it
// tells a few and tries again. Theories change on the way, some steps go on from an older state, and some runs start
// where the counters are nearly used up.
func Walk(r *Trace, seed, steps int) {
	next := func() int { seed++; return seed }
	r.Theory(Theories().Example(next()))
	start := rapid.Custom(func(t *rapid.T) [2]uint64 {
		return [2]uint64{
			choose(t, "root bits", []uint64{1000, 10, 0, 1<<64 - 1}),
			choose(t, "born", []uint64{0, 0, 0, 0, 1<<64 - 4}),
		}
	}).Example(next())
	r.Genesis(start[0], start[1])
	at := 0
	for _, tool := range r.spec.Tools {
		if r.Step(at, kernel.RegisterTool{Tool: tool.ID}) {
			at = len(r.states) - 1
		}
	}
	for range steps {
		turn := rapid.Custom(func(t *rapid.T) uint64 { return mixed(t, "turn") }).Example(next())
		if turn%40 == 39 {
			at = int(turn/40) % len(r.states)
		}
		if turn%25 == 24 {
			if spec := Theories().Example(next()); len(kernel.Admissible(r.states[at], MustTheory(spec))) == 0 {
				r.Theory(spec)
			}
		}
		input := rapid.Custom(func(t *rapid.T) kernel.Input { return DrawInput(t, r.spec, r.theory, r.states[at]) })
		for range 3 {
			if r.Step(at, input.Example(next())) {
				at = len(r.states) - 1
				break
			}
		}
	}
}
