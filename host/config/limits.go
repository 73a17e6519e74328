package config

import "time"

// limits bounds the bounds: 0 would admit nothing and too much would bound nothing.
func (c *checker) limits(t *limitsTable) Limits {
	return Limits{
		ContextsPerPrincipal: int(c.whole("limits.contexts_per_principal", t.ContextsPerPrincipal, 1, 100_000)),
		Depth:                int(c.whole("limits.depth", t.Depth, 1, 64)),
		FlightsPerAgent:      int(c.whole("limits.flights_per_agent", t.FlightsPerAgent, 1, 10_000)),
		CallsPerMinute:       int(c.whole("limits.calls_per_minute", t.CallsPerMinute, 1, 1_000_000)),
		CallTimeout:          c.duration("limits.call_timeout", t.CallTimeout, 100*time.Millisecond, 24*time.Hour),
		QuestionTimeout:      c.duration("limits.question_timeout", t.QuestionTimeout, time.Second, 24*time.Hour),
		ContextIdle:          c.duration("limits.context_idle", t.ContextIdle, time.Second, 30*24*time.Hour),
	}
}
