package mediate

import (
	"context"
	"fmt"
	"time"

	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/refusals"
	"argus/internal/ijson"
)

// Tools that the program of an agent runs itself, and that it declares to a model with each request. Argus does not run them and cannot
// confine them: it decides whether the program is handed a call of one. Which program runs an agent says the configuration.

// Declare takes what the caller's program declares now, and returns when it was judged: what a person pinned is in force from then on. Of a
// caller whose program is not configured nothing ever is.
func (m *Mediator) Declare(ctx context.Context, who Caller, ds []inventory.Definition) error {
	client, configured := m.Clients[who.Principal]
	if !configured || m.Declarations == nil || !who.May.Has(identity.InvokeStart) {
		return nil
	}
	return m.Declarations.Declare(ctx, client, ds)
}

// Declared finds a tool of the caller's program, if the definition with this digest is the pinned one.
func (m *Mediator) Declared(who Caller, tool, digest string) (*inventory.Item, bool) {
	client, configured := m.Clients[who.Principal]
	stock := m.Stock.Inventory()
	if !configured || stock == nil {
		return nil, false
	}
	return stock.Declared(client, tool, digest)
}

// StartDeclared records the start of a call that the caller's program will run, of a tool that it declared by the definition with this digest;
// the digest is empty for a tool that was not declared. It takes the way of [Mediator.Start], and [Mediator.Complete] settles it; one that is
// not settled within patience is settled as unknown. A vendor's own tool, of which no call is seen, has its declaration for arguments.
func (m *Mediator) StartDeclared(ctx context.Context, who Caller, tool, digest string, arguments ijson.Value, patience time.Duration) (Step, error) {
	return m.asked(ctx, who, identity.InvokeStart, shortened(tool), func(ctx context.Context) (Step, error) {
		stock := m.Stock.Inventory()
		if stock == nil {
			return Step{}, errNoTheory()
		}
		item, inForce := m.Declared(who, tool, digest)
		if !inForce {
			return Step{Refusal: m.record(m.notDeclared(who, stock, tool, digest))}, nil
		}
		r, unfit := m.ofItem(who, item, arguments)
		if unfit != nil {
			return Step{Refusal: m.refuseUnfit(r, *unfit)}, nil
		}
		return m.begin(ctx, r, patience)
	})
}

// saidUnapproved is for a tool that there is, as its program says, and that is none for Argus.
const saidUnapproved = "Nobody has approved this tool as it is declared."

// notDeclared says of a call that no pinned definition allows what a person could do.
func (m *Mediator) notDeclared(who Caller, stock *inventory.Inventory, tool, digest string) refusals.Refusal {
	record := m.describeStep(who, shortened(tool))
	record.Rule, record.Sentence = RuleTool, saidUnapproved
	client, configured := m.Clients[who.Principal]
	standing, known := stock.Undeclared(client, tool)
	switch {
	case !configured:
		record.Causes = []string{fmt.Sprintf("no [[client]] of the configuration has the agent %s, so nothing is known of the tools that its program declares", who.Principal)}
		record.Remedies = []string{fmt.Sprintf("add to the configuration: [[client]] name = \"NAME\" agents = [%q]; start the daemon again, and after the next request: argus registry pin NAME", who.Principal)}
	case digest == "":
		record.Sentence = sentences[RuleTool]
		record.Causes = []string{"the model called a tool that the request does not declare"}
		record.Remedies = []string{"argus tools " + client + ": what the program has declared"}
	case known:
		record.Causes = []string{fmt.Sprintf("the tool %s of client %s is quarantined: %s", shortened(tool), client, standing.Reason)}
		record.Remedies = []string{standing.Fix}
	default:
		record.Causes = []string{fmt.Sprintf("the definition that the client %s declares of %s is not in force", client, shortened(tool))}
		record.Remedies = []string{"argus registry pin " + client}
	}
	return record
}

// RefuseCall records that the caller's front does not hand over a call that cannot be judged, and why.
func (m *Mediator) RefuseCall(who Caller, tool, rule, cause string) *Refusal {
	if _, known := sentences[rule]; !known {
		rule, cause = RuleLimit, rule+": "+cause
	}
	return m.refuseStep(who, shortened(tool), rule, cause)
}
