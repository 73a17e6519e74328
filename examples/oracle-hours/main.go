// Command oracle-hours is an oracle plugin that authorizes calls during certain hours of the day, by the clock of this machine, and vouches
// for nothing. It shows a policy that changes by itself: what depends on the hour may not be answered under one digest all day.
package main

import (
	"context"
	"fmt"
	"time"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
)

var info = sdk.Info{
	Name:    "oracle-hours",
	Version: "1.0.0",
	SettingsSchema: `{
  "type": "object",
  "properties": {
    "from": {"type": "integer", "minimum": 0, "maximum": 23, "description": "the hour from which calls are authorized"},
    "to": {"type": "integer", "minimum": 1, "maximum": 24, "description": "the hour from which they no longer are"}
  },
  "required": ["from", "to"],
  "additionalProperties": false
}`,
}

func main() { oracle.Serve(info, &hours{}) }

type hours struct {
	From int `json:"from"`
	To   int `json:"to"`

	now sdk.Latest[verdict]
}

// verdict is the policy of an hour.
type verdict struct {
	digest string
	open   bool
}

func (h *hours) Configure(_ context.Context, settings sdk.Settings) []sdk.Problem {
	if err := settings.Decode(h); err != nil {
		return []sdk.Problem{{Message: err.Error()}}
	}
	if h.From >= h.To {
		return []sdk.Problem{{Message: "no hour lies between from and to", Fix: `set "from" to an hour before "to"`}}
	}
	h.look()
	return nil
}

// look looks at the clock, now and every second from now on.
func (h *hours) look() {
	hour := time.Now().Hour()
	next := verdict{open: h.From <= hour && hour < h.To}
	next.digest = fmt.Sprintf("hours %d to %d, open %t", h.From, h.To, next.open)
	if before, _ := h.now.Get(); before != next {
		h.now.Set(next)
	}
	time.AfterFunc(time.Second, h.look)
}

func (h *hours) Policy() (oracle.PolicyState, <-chan struct{}) {
	v, changed := h.now.Get()
	return oracle.PolicyState{Digest: v.digest, Policies: 1}, changed
}

// Ask answers by the policy of which it names the digest, whatever the clock says by now.
func (h *hours) Ask(context.Context, oracle.Question) oracle.Answer {
	v, _ := h.now.Get()
	return oracle.Answer{PolicyDigest: v.digest, Authorized: v.open, Reasons: []string{v.digest}}
}
