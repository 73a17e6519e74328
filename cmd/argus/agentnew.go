package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/cmd/argus/internal/tokenfile"
	"argus/host/front/operator"
)

// defaultBits is what an agent may let bounded answers tell. It is some dozens of multiple-choice answers.
const defaultBits = 256

type agentNewFlags struct {
	context      string
	capabilities []string
	bits         uint64
	tokenFile    string
	printToken   bool
	json         bool
	sign         signing
}

func newAgentNew(c *console) *cobra.Command {
	var f agentNewFlags
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Make an agent and its token",
		Long: `Makes an agent, writes its token into a file of the state folder that only its owner can read, and prints what to write into the
configuration of an MCP client: of one that starts argus connect, or of one that speaks HTTP and is given the token in its environment. Where
the configuration has vendors of models, it prints the environment of a program that calls them. The daemon keeps only a digest of the token.

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
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "write the token to this new `file`, mode 0600, instead")
	cmd.Flags().BoolVar(&f.printToken, "print-token", false, "print the token, once, and write no file")
	cmd.Flags().BoolVar(&f.json, "json", false, "print it as JSON")
	cmd.MarkFlagsMutuallyExclusive("token-file", "print-token")
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
	status, err := ask(at, func(ctx context.Context, d *operator.Client) (operator.Status, error) { return d.Status(ctx) })
	if err != nil {
		return err
	}
	made := agentDocument{Name: name, Models: modelsOf(status.Vendors)}
	var file *os.File
	if !f.printToken {
		path, err := f.file(at, name)
		if err != nil {
			return err
		}
		if file, err = tokenfile.Create(path); err != nil {
			return err
		}
		made.TokenFile = path
	}
	done, err := act(c, at, &f.sign, func(ctx context.Context, d *operator.Client, key operator.Signer) (operator.Done, error) {
		return d.NewAgent(ctx, key, operator.NewAgent{Name: name, Context: f.context, Capabilities: f.capabilities, Bits: f.bits})
	})
	if file != nil {
		err = tokenfile.Keep(file, done.Token, err)
	} else {
		made.Token = done.Token
	}
	if err != nil {
		return err
	}
	made.Agent, made.URL = done.Agent, done.URL
	if made.Clients, err = f.clients(at, name, done.URL); err != nil {
		return err
	}
	return f.tell(c, made, status.Programs)
}

// file is where the token goes.
func (f *agentNewFlags) file(at *place, name string) (string, error) {
	if f.tokenFile != "" {
		return f.tokenFile, nil
	}
	state, err := at.state()
	if err != nil {
		return "", err
	}
	return tokenfile.Path(state, name)
}

// clients are those that can have the token: argus connect takes it from a file only.
func (f *agentNewFlags) clients(at *place, name, url string) ([]client, error) {
	if f.printToken {
		return []client{httpClient(url)}, nil
	}
	command, err := connectCommand(at, name, f.tokenFile)
	return append(connectClients(command), httpClient(url)), err
}

func (f *agentNewFlags) tell(c *console, made agentDocument, programs []operator.Program) error {
	if f.json {
		return c.document(made)
	}
	c.printf("%s acts as %s\n", show.Plain(made.Name), show.Plain(made.Agent))
	if made.TokenFile != "" {
		c.printf("its token is in %s\n\n", show.Plain(made.TokenFile))
	} else {
		c.printf("token, shown this once:\n  %s\n\n", show.Plain(made.Token))
	}
	if err := tellClients(c, made.Clients); err != nil {
		return err
	}
	tellModels(c, made.Name, made.TokenFile, made.Models, programs)
	return nil
}

type agentDocument struct {
	Name      string   `json:"name"`
	Agent     string   `json:"agent"` // its context
	URL       string   `json:"url"`
	Token     string   `json:"token"`     // empty when it is in a file
	TokenFile string   `json:"tokenFile"` // empty when it is not
	Clients   []client `json:"clients"`
	Models    []model  `json:"models"` // of the configured vendors
}
