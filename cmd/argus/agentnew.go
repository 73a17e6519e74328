package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

// defaultBits is what an agent may let bounded answers tell. It is some dozens of multiple-choice answers.
const defaultBits = 256

type agentNewFlags struct {
	context      string
	capabilities []string
	bits         uint64
	tokenFile    string
	json         bool
	sign         signing
}

func newAgentNew(c *console) *cobra.Command {
	var f agentNewFlags
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Make an agent and its token",
		Long: `Makes an agent and prints its token, once, with what an MCP client needs to connect. Only a digest of the token is kept.

A sticky agent is one context: what it has been exposed to stays until argus agent fresh. A declared agent's client is trusted to keep
its conversations apart and names the context with each call.`,
		Example: `  argus agent new assistant
  argus agent new reader --capability filesystem_read --bits 0
  argus agent new worker --context declared --token-file worker.token`,
		Args: cobra.ExactArgs(1),
	}
	at := newPlace(cmd)
	f.sign.flags(cmd)
	cmd.Flags().StringVar(&f.context, "context", "sticky", "sticky or declared")
	cmd.Flags().StringArrayVar(&f.capabilities, "capability", nil, "give only this `capability`; can be repeated (default all)")
	cmd.Flags().Uint64Var(&f.bits, "bits", defaultBits, "how many bits its bounded answers may tell in all")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "write the token to this new `file`, mode 0600, instead of printing it")
	cmd.Flags().BoolVar(&f.json, "json", false, "print it as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if f.context != "sticky" && f.context != "declared" {
			return usage(cmd, "--context %q is neither sticky nor declared", f.context)
		}
		return f.run(c, at, args[0])
	}
	return cmd
}

// run opens the token's file before the agent is made: a token that cannot be written is lost.
func (f *agentNewFlags) run(c *console, at *place, name string) error {
	var file *os.File
	if f.tokenFile != "" {
		var err error
		if file, err = os.OpenFile(f.tokenFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return fmt.Errorf("make the token file: %w", err)
		}
	}
	done, err := act(c, at, &f.sign, func(ctx context.Context, d *operator.Client, key operator.Signer) (operator.Done, error) {
		return d.NewAgent(ctx, key, operator.NewAgent{Name: name, Context: f.context, Capabilities: f.capabilities, Bits: f.bits})
	})
	if file != nil {
		err = keep(file, done.Token, err)
	}
	if err != nil {
		return err
	}
	return f.tell(c, name, done)
}

// keep writes the token and closes its file, or removes the file when there is none.
func keep(file *os.File, token string, err error) error {
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	_, err = io.WriteString(file, token+"\n")
	return errors.Join(err, file.Close())
}

func (f *agentNewFlags) tell(c *console, name string, done operator.Done) error {
	token := done.Token
	if f.tokenFile != "" {
		token = ""
	}
	if f.json {
		return c.document(agentDocument{name, done.Agent, done.URL, token, f.tokenFile})
	}
	c.printf("%s acts as %s\n\n", show.Plain(name), show.Plain(done.Agent))
	if f.tokenFile != "" {
		token = "TOKEN"
		c.printf("TOKEN is in %s. For an MCP client:\n\n", show.Plain(f.tokenFile))
	} else {
		c.printf("token, shown this once:\n  %s\n\nfor an MCP client:\n\n", show.Plain(token))
	}
	return c.document(clientOf(done.URL, token))
}

type agentDocument struct {
	Name      string `json:"name"`
	Agent     string `json:"agent"` // its context
	URL       string `json:"url"`
	Token     string `json:"token"`     // empty when it is in a file
	TokenFile string `json:"tokenFile"` // empty when it is not
}

// clientConfig is what most MCP clients read from their configuration.
type clientConfig struct {
	Servers map[string]clientServer `json:"mcpServers"`
}

type clientServer struct {
	Type    string            `json:"type"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

func clientOf(url, token string) clientConfig {
	headers := map[string]string{"Authorization": "Bearer " + token}
	return clientConfig{map[string]clientServer{"argus": {"http", url, headers}}}
}
