package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

func newAgentShow(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show NAME",
		Short:   "Show what may act for an agent, and its living contexts",
		Example: "  argus agent show assistant",
		Args:    cobra.ExactArgs(1),
	}
	at := newPlace(cmd)
	cmd.ValidArgsFunction = knownAgents(at)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		shown, err := ask(at, func(ctx context.Context, d *operator.Client) (shownDocument, error) {
			credentials, err := d.Credentials(ctx, args[0])
			if err != nil {
				return shownDocument{}, err
			}
			agents, err := d.Agents(ctx)
			return shownDocument{args[0], credentials, ofPrincipal(agents, args[0])}, err
		})
		if err != nil {
			return err
		}
		if asJSON {
			return c.document(shown)
		}
		if err := c.table(credentialTable(shown.Credentials)); err != nil {
			return err
		}
		c.printf("\n")
		return c.table(agentTable(shown.Agents))
	}
	return cmd
}

type shownDocument struct {
	Name        string                `json:"name"`
	Credentials []operator.Credential `json:"credentials"`
	Agents      []operator.Agent      `json:"agents"`
}

func ofPrincipal(agents []operator.Agent, name string) []operator.Agent {
	own := []operator.Agent{}
	for _, a := range agents {
		if a.Principal == name {
			own = append(own, a)
		}
	}
	return own
}

func credentialTable(credentials []operator.Credential) *show.Table {
	t := &show.Table{Heading: []string{"CREDENTIAL", "KIND", "COVERS", "USER", "EXPIRES", "MAY ASK FOR"}}
	for _, one := range credentials {
		covers, user := one.Root, ""
		if covers == "" {
			covers = "all"
		}
		if one.User != nil {
			user = strconv.FormatUint(uint64(*one.User), 10)
		}
		t.Add(show.Text(one.ID), show.Text(one.Kind), show.Text(covers), show.Text(user), show.Text(orNever(one.Expires)),
			show.Text(strings.Join(one.Transitions, ", ")))
	}
	return t
}

func newAgentTree(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "tree [NAME]",
		Short: "Show which context gave birth to which",
		Example: `  argus agent tree
  argus agent tree worker`,
		Args: cobra.MaximumNArgs(1),
	}
	at := newPlace(cmd)
	cmd.ValidArgsFunction = knownAgents(at)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		agents, err := ask(at, func(ctx context.Context, d *operator.Client) ([]operator.Agent, error) { return d.Agents(ctx) })
		if err != nil {
			return err
		}
		if len(args) > 0 {
			agents = ofPrincipal(agents, args[0])
		}
		tree := treeOf(agents)
		if asJSON {
			return c.document(treeDocument{tree})
		}
		if len(tree) == 0 {
			c.printf("no living contexts\n")
		}
		for _, top := range tree {
			top.tell(c, "")
		}
		return nil
	}
	return cmd
}

// branch is an agent with those that it gave birth to.
type branch struct {
	operator.Agent
	Children []*branch `json:"children"`
}

type treeDocument struct {
	Agents []*branch `json:"agents"`
}

// treeOf puts each agent below its parent. One whose parent has ended, or is not of the list, stands at the top.
func treeOf(agents []operator.Agent) []*branch {
	all := map[string]*branch{}
	for _, a := range agents {
		all[a.ID] = &branch{Agent: a, Children: []*branch{}}
	}
	tops := []*branch{}
	for _, a := range agents {
		if parent, here := all[a.Parent]; here {
			parent.Children = append(parent.Children, all[a.ID])
		} else {
			tops = append(tops, all[a.ID])
		}
	}
	return tops
}

func (b *branch) tell(c *console, indent string) {
	c.printf("%s%s  %s", indent, show.Plain(b.ID), show.Plain(b.Principal))
	if b.ContextID != "" {
		c.printf("  %s", show.Plain(b.ContextID))
	}
	if !b.Acts {
		c.printf("  orphan")
	}
	c.printf("  %s, %s\n", show.Plain(b.Level), show.Plain(b.Integrity))
	for _, child := range b.Children {
		child.tell(c, indent+"  ")
	}
}
