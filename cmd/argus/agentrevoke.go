package main

import (
	"context"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

func newAgentRevoke(c *console) *cobra.Command {
	var credential string
	var asJSON bool
	var sign signing
	cmd := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Take an agent's credentials back, or one of them",
		Long: `Ends every credential of an agent, its present context and everything below that; or, with --credential, one credential. It holds at once:
the calls that were made by it are cancelled, and its sessions and streams end. What an agent had met is not forgotten: argus agent token and
argus agent fresh make it act again, with a clean context.`,
		Example: `  argus agent revoke assistant
  argus agent revoke worker --credential c_0123456789ab`,
		Args: cobra.ExactArgs(1),
	}
	at := newPlace(cmd)
	cmd.ValidArgsFunction = knownAgents(at)
	sign.flags(cmd)
	cmd.Flags().StringVar(&credential, "credential", "", "end only the credential of this `id`: see argus agent show")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if _, err := act(c, at, &sign, func(ctx context.Context, d *operator.Client, key operator.Signer) (operator.Done, error) {
			return d.Revoke(ctx, key, args[0], credential)
		}); err != nil {
			return err
		}
		switch {
		case asJSON:
			return c.document(revokedDocument{args[0], credential})
		case credential != "":
			c.printf("%s can no longer act by %s\n", show.Plain(args[0]), show.Plain(credential))
		default:
			c.printf("%s can no longer act: its credentials and contexts have ended\n", show.Plain(args[0]))
		}
		return nil
	}
	return cmd
}

type revokedDocument struct {
	Name       string `json:"name"`
	Credential string `json:"credential"` // empty: all
}
