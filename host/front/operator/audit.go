package operator

import (
	"context"
	"time"

	"argus/host/journal"
	"argus/plugin/sdk/audit"
	auditv1 "argus/proto/argus/audit/v1"
	operatorv1 "argus/proto/argus/operator/v1"
)

// AuditQuery asks for events that have all of what is given, at most MaxFound of them.
type AuditQuery = audit.Query

// MaxFound is the most that can be asked for at once.
const MaxFound = audit.MaxFound

// Audit asks the audit sink.
func (d *Door) Audit(ctx context.Context, r *auditv1.QueryRequest) (*operatorv1.AuditReply, error) {
	q, err := audit.QueryFromWire(r)
	if err != nil {
		return nil, invalid("audit", err)
	}
	found, err := d.Daemon.Audit(ctx, q)
	if err != nil {
		return nil, err
	}
	reply := &operatorv1.AuditReply{}
	for _, f := range found {
		reply.Events = append(reply.Events, &operatorv1.AuditEvent{Id: f.ID, Count: f.Count, Happening: keptHappening(f.Event), Anchor: anchor(f.Event)})
	}
	return reply, nil
}

func anchor(e audit.Event) string {
	if e.Sequence == 0 {
		return ""
	}
	return journal.Anchor{Seq: e.Sequence, Chain: journal.Chain(e.Chain)}.String()
}

func keptHappening(e audit.Event) *operatorv1.Happening {
	return &operatorv1.Happening{
		Time: e.Time.UTC().Format(time.RFC3339Nano), Sequence: e.Sequence, What: e.What, Principal: e.Principal, Agent: e.Agent, Tool: e.Tool,
		Invocation: e.Invocation, Level: e.Level, Integrity: e.Integrity, Detail: e.Detail, Rule: e.Rule, Reference: e.Reference,
	}
}

// Audit asks the audit sink of the daemon.
func (c *Client) Audit(ctx context.Context, q AuditQuery) ([]AuditEvent, error) {
	reply, err := c.rpc.Audit(ctx, audit.QueryToWire(q))
	return each(reply.GetEvents(), auditView), err
}
