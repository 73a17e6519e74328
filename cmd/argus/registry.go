package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

func newRegistry(c *console) *cobra.Command {
	return group("registry", "Approve the tools of servers", newRegistryPin(c))
}

type pinFlags struct {
	yes       bool
	yesDigest string
	json      bool
	sign      signing
}

func newRegistryPin(c *console) *cobra.Command {
	var f pinFlags
	cmd := &cobra.Command{
		Use:   "pin SERVER",
		Short: "Look at a server's new and changed tools and instructions, and approve them",
		Long: `Shows each definition of a server that the registry does not know, or knows otherwise: all of it, as the server gives it now. So it does
with the server's instructions, the text with which the server introduces itself to agents. Characters that cannot be seen are escaped.
Approved, the digests of exactly what was shown are written to the registry, signed with the operator key. What changes later is
quarantined until it is looked at again: such a tool cannot be called, such instructions are told to nobody.

The tools of a client, a program that runs agents and declares its own tools to models, are pinned by its name: those that it declared last.

The new entry of a tool has the strictest values; the file that is named then says what to narrow.

Without a terminal, look first: the last line tells a digest of all that was shown, and --yes-digest approves that and nothing else.`,
		Example: `  argus registry pin notes
  argus registry pin notes --yes-digest sha256:5f2c...`,
		Args: cobra.ExactArgs(1),
	}
	at := newPlace(cmd)
	cmd.ValidArgsFunction = knownServers(at)
	f.sign.flags(cmd)
	cmd.Flags().BoolVar(&f.yes, "yes", false, "approve whatever the server defines now, unseen")
	cmd.Flags().StringVar(&f.yesDigest, "yes-digest", "", "approve if what is shown has this `digest`")
	cmd.Flags().BoolVar(&f.json, "json", false, "print what was done as JSON")
	cmd.MarkFlagsMutuallyExclusive("yes", "yes-digest")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return f.run(c, at, args[0]) }
	return cmd
}

func (f *pinFlags) run(c *console, at *place, server string) error {
	tools, err := ask(at, func(ctx context.Context, d *operator.Client) ([]operator.Tool, error) { return d.Tools(ctx, server) })
	if err != nil {
		return err
	}
	review := reviewOf(tools)
	if len(review) == 0 {
		return f.nothing(c, server, tools)
	}
	if !f.json {
		if err := review.write(c, server); err != nil {
			return err
		}
	}
	if err := f.agree(c, server, review); err != nil {
		return err
	}
	done, err := act(c, at, &f.sign, func(ctx context.Context, d *operator.Client, key operator.Signer) (operator.Done, error) {
		return d.Pin(ctx, key, server, review.shown())
	})
	if err != nil {
		return err
	}
	return f.tell(c, server, done, review.narrowable())
}

func (f *pinFlags) nothing(c *console, server string, tools []operator.Tool) error {
	if len(tools) == 0 {
		return fmt.Errorf("no tools of a server %q are known: argus status tells whether it runs; those of a client are known once it has asked a model", server)
	}
	if f.json {
		return c.document(pinned{Server: server, Problems: []string{}})
	}
	c.printf("nothing to approve: all that %s says of itself is pinned as it is now (argus tools %[1]s --all tells whether all can be called)\n",
		show.Plain(server))
	return nil
}

// agree is the person's decision.
func (f *pinFlags) agree(c *console, server string, r review) error {
	digest := r.digest()
	switch {
	case f.yes:
		return nil
	case f.yesDigest == digest:
		return nil
	case f.yesDigest != "":
		return fmt.Errorf("nothing was approved: what %s defines now has the digest %s; look at it again with: argus registry pin %s",
			server, digest, server)
	case f.json || !c.interactive():
		return fmt.Errorf("nothing was approved, since there is nobody to show it to and ask; to approve exactly what %s defines now: "+
			"argus registry pin %s --yes-digest %s", server, server, digest)
	}
	yes, err := c.agree(fmt.Sprintf("approve these %d?", len(r)))
	if err == nil && !yes {
		err = errors.New("nothing was approved")
	}
	return err
}

// pinned is what --json tells.
type pinned struct {
	Server   string   `json:"server"`
	File     string   `json:"file"`
	Added    uint32   `json:"added"`
	Changed  uint32   `json:"changed"`
	Problems []string `json:"problems"`
}

func (f *pinFlags) tell(c *console, server string, done operator.Done, narrowable bool) error {
	if f.json {
		if err := c.document(pinned{server, done.File, done.Added, done.Changed, done.Problems}); err != nil {
			return err
		}
	}
	if len(done.Problems) > 0 {
		if !f.json {
			c.printf("nothing was approved: the registry could not be written\n")
			bullets(c, "problems", done.Problems)
		}
		return errTold
	}
	if !f.json {
		c.printf("approved %d new and %d changed in %s\n", done.Added, done.Changed, show.Plain(done.File))
	}
	if !f.json && narrowable {
		c.printf(`
next: narrow the new entries in that file to the truth about each tool
  capabilities   those that a caller needs
  label          the most confidential and least trustworthy that it can bring
  sinks          where its effects can go
  stores         places that it reads and writes
A change is in force within seconds: argus tools %s
`, show.Plain(server))
	}
	return nil
}
