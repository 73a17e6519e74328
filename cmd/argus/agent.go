package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

func newAgent(c *console) *cobra.Command {
	return group("agent", "Make agents, say what may act for them, give them clean contexts", newAgentNew(c), newAgentToken(c), newAgentRevoke(c),
		newAgentFresh(c), newAgentList(c), newAgentShow(c), newAgentTree(c))
}

func newAgentFresh(c *console) *cobra.Command {
	var asJSON bool
	var sign signing
	cmd := &cobra.Command{
		Use:   "fresh NAME",
		Short: "Give an agent a clean context",
		Long: `Ends the present context of an agent, with all that it is exposed to, and begins a clean one under the same token. Do it when the
conversation that the model holds is over: what the model still remembers, Argus would no longer know of.`,
		Example: "  argus agent fresh assistant",
		Args:    cobra.ExactArgs(1),
	}
	at := newPlace(cmd)
	cmd.ValidArgsFunction = knownAgents(at)
	sign.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		done, err := act(c, at, &sign, func(ctx context.Context, d *operator.Client, key operator.Signer) (operator.Done, error) {
			return d.Fresh(ctx, key, args[0])
		})
		if err != nil {
			return err
		}
		if asJSON {
			return c.document(freshDocument{args[0], done.Agent, done.URL})
		}
		c.printf("%s acts as %s now, which has met nothing\n", show.Plain(args[0]), show.Plain(done.Agent))
		return nil
	}
	return cmd
}

type freshDocument struct {
	Name  string `json:"name"`
	Agent string `json:"agent"` // the new context
	URL   string `json:"url"`
}

// act finds the daemon, opens the key, and has it sign what do asks for. The daemon comes first: nobody types a passphrase for nothing.
func act(c *console, at *place, sign *signing,
	do func(context.Context, *operator.Client, operator.Signer) (operator.Done, error)) (operator.Done, error) {
	return ask(at, func(ctx context.Context, d *operator.Client) (operator.Done, error) {
		key, err := sign.key(c, at)
		if err != nil {
			return operator.Done{}, err
		}
		return do(ctx, d, key)
	})
}

func newAgentList(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the living agents and what they have been exposed to",
		Example: "  argus agent list --json",
		Args:    cobra.NoArgs,
	}
	at := newPlace(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		agents, err := ask(at, func(ctx context.Context, d *operator.Client) ([]operator.Agent, error) { return d.Agents(ctx) })
		if err != nil {
			return err
		}
		if asJSON {
			return c.document(agentsDocument{agents})
		}
		if len(agents) == 0 {
			c.printf("no agents yet: make one with argus agent new NAME\n")
			return nil
		}
		return c.table(agentTable(agents))
	}
	return cmd
}

type agentsDocument struct {
	Agents []operator.Agent `json:"agents"`
}

func agentTable(agents []operator.Agent) *show.Table {
	t := &show.Table{Heading: []string{"NAME", "AGENT", "CONTEXT", "HAS MET", "BITS LEFT", "OPEN CALLS", "CAPABILITIES"}}
	for _, a := range agents {
		context := a.Context
		switch {
		case !a.Acts:
			context += ", orphan"
		case a.Present:
			context += ", present"
		}
		met := show.Text(a.Level + ", " + a.Integrity)
		if a.Level == "public" && a.Integrity == "proven" {
			met = show.Cell{Text: "nothing", Paint: show.Good}
		}
		t.Add(show.Text(a.Principal), show.Text(a.ID), show.Text(context), met, show.Text(strconv.FormatUint(a.Bits, 10)),
			show.Text(strconv.FormatUint(uint64(a.Flights), 10)), show.Text(fewer(a.Capabilities)))
	}
	return t
}
