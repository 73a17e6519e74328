package config

import (
	"net/netip"
	"time"
)

const (
	leastBody  = 1 << 16 // of a request to a model
	mostBody   = 256 << 20
	mostRounds = 16
)

// What [LLM].OnRefusal may be.
const (
	tellClient = "tell"
	retryModel = "retry"
)

// llm opens the door only where there is a vendor to go to.
func (c *checker) llm(t *llmTable, upstreams map[string]Upstream) LLM {
	c.oneOf(t.OnRefusal.At, "llm.on_refusal", t.OnRefusal, []string{tellClient, retryModel})
	l := LLM{
		Listen:          c.loopback("llm.listen", "127.0.0.1:8743", t.Listen),
		MaxRequestBytes: c.whole("llm.max_request_bytes", t.MaxRequestBytes, leastBody, mostBody),
		UserLabel:       c.label("llm.user_label", t.UserLabel),
		UnknownLabel:    c.label("llm.unknown_label", t.UnknownLabel),
		Retry:           t.OnRefusal.V == retryModel,
		Rounds:          int(c.whole("llm.rounds", t.Rounds, 1, mostRounds)),
		HostTools:       t.HostTools,
		ResultTimeout:   c.duration("llm.result_timeout", t.ResultTimeout, time.Second, 7*24*time.Hour),
	}
	for _, u := range upstreams {
		if u.URL != nil {
			return l
		}
	}
	l.Listen = netip.AddrPort{}
	return l
}
