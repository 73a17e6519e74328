package operator

import (
	"context"
	"time"

	"argus/plugin/sdk/audit"
	operatorv1 "argus/proto/argus/operator/v1"
)

// Audit asks the audit sink.
func (d *Door) Audit(ctx context.Context, q *operatorv1.AuditRequest) (*operatorv1.AuditReply, error) {
	found, err := d.Daemon.Audit(ctx, audit.Query{
		Principal: q.GetPrincipal(), Agent: q.GetAgent(), Tool: q.GetTool(), Rule: q.GetRule(), What: q.GetWhat(), Text: q.GetText(),
		From: moment(q.GetFromUnixNano()), Before: moment(q.GetBeforeUnixNano()), AfterID: q.GetAfterId(), OldestFirst: q.GetOldestFirst(),
		Limit: int(q.GetLimit()),
	})
	if err != nil {
		return nil, err
	}
	reply := &operatorv1.AuditReply{}
	for _, f := range found {
		reply.Events = append(reply.Events, &operatorv1.AuditEvent{Id: f.ID, Count: f.Count, Happening: keptHappening(f.Event)})
	}
	return reply, nil
}

func keptHappening(e audit.Event) *operatorv1.Happening {
	return &operatorv1.Happening{
		Time: e.Time.UTC().Format(time.RFC3339Nano), Sequence: e.Sequence, What: e.What, Principal: e.Principal, Agent: e.Agent, Tool: e.Tool,
		Invocation: e.Invocation, Level: e.Level, Integrity: e.Integrity, Detail: e.Detail, Rule: e.Rule, Reference: e.Reference,
	}
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// AuditQuery asks for events that have all of what is given.
type AuditQuery struct {
	Principal, Agent, Tool, Rule, What, Text string
	From, Before                             time.Time
	AfterID                                  uint64
	OldestFirst                              bool
	Limit                                    int // 1 to audit.MaxFound
}

// Audit asks the audit sink of the daemon.
func (c *Client) Audit(ctx context.Context, q AuditQuery) ([]AuditEvent, error) {
	reply, err := c.rpc.Audit(ctx, &operatorv1.AuditRequest{
		Principal: q.Principal, Agent: q.Agent, Tool: q.Tool, Rule: q.Rule, What: q.What, Text: q.Text, FromUnixNano: nanos(q.From),
		BeforeUnixNano: nanos(q.Before), AfterId: q.AfterID, OldestFirst: q.OldestFirst, Limit: uint32(q.Limit),
	})
	return each(reply.GetEvents(), auditView), err
}
