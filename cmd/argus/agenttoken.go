package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/cmd/argus/internal/tokenfile"
	"argus/host/front/operator"
)

// defaultLife is how long a token lives unless a person says otherwise.
const defaultLife = 30 * 24 * time.Hour

type agentTokenFlags struct {
	rotate      bool
	credential  string
	expires     time.Duration
	only        []string
	context     string
	user        uint32
	certificate string
	tokenFile   string
	printToken  bool
	json        bool
	sign        signing
}

func newAgentToken(c *console) *cobra.Command {
	var f agentTokenFlags
	cmd := &cobra.Command{
		Use:   "token NAME",
		Short: "Give an agent one more credential, or rotate its token",
		Long: `Makes one more token of an agent, for all that the agent may do or for less, and writes it into a new file that only its owner can read.
The daemon keeps only a digest of it. A certificate is no secret: with --certificate whoever has its key may act, in mutual TLS.

With --rotate the token in the agent's file is replaced, in the same file, by a new one of the same scope and lifetime. The old one ends at
once, and with it the calls and sessions that it opened.`,
		Example: `  argus agent token assistant --token-file second.token
  argus agent token worker --context ctx_AbCd --only invoke_start,return_endorsed --expires 1h --print-token
  argus agent token worker --certificate worker.pem
  argus agent token assistant --rotate`,
		Args: cobra.ExactArgs(1),
	}
	at := newPlace(cmd)
	cmd.ValidArgsFunction = knownAgents(at)
	f.sign.flags(cmd)
	cmd.Flags().BoolVar(&f.rotate, "rotate", false, "replace a token: the one in the agent's file, or the one that --credential names")
	cmd.Flags().StringVar(&f.credential, "credential", "", "the `id` of the token that --rotate replaces")
	cmd.Flags().DurationVar(&f.expires, "expires", defaultLife, "how long it is good; 0 is without end (with --rotate as long as before)")
	cmd.Flags().StringSliceVar(&f.only, "only", nil, "the `transitions` that it may ask for (default all that an agent may)")
	cmd.Flags().StringVar(&f.context, "context", "", "cover only the declared context of this `id` and what is below it")
	cmd.Flags().Uint32Var(&f.user, "user", 0, "take it only from processes of this user `id`, over the socket")
	cmd.Flags().StringVar(&f.certificate, "certificate", "", "a PEM `file` with the client certificate that is the credential")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "write the token to this `file`, mode 0600")
	cmd.Flags().BoolVar(&f.printToken, "print-token", false, "print the token, once, and write no file")
	cmd.Flags().BoolVar(&f.json, "json", false, "print it as JSON")
	cmd.MarkFlagsMutuallyExclusive("token-file", "print-token", "certificate")
	for _, scope := range []string{"only", "context", "user", "certificate"} {
		cmd.MarkFlagsMutuallyExclusive("rotate", scope)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case f.expires < 0 || f.expires > 0 && f.expires < time.Second:
			return usage(cmd, "--expires %v is less than a second", f.expires)
		case f.credential != "" && !f.rotate:
			return usage(cmd, "--credential is of --rotate")
		case !f.rotate && f.tokenFile == "" && !f.printToken && f.certificate == "":
			return usage(cmd, "say where the token goes: --token-file FILE or --print-token")
		}
		return f.run(c, at, args[0])
	}
	return cmd
}

func (f *agentTokenFlags) run(c *console, at *place, name string) error {
	asked := operator.NewCredential{Name: name, Replaces: f.credential, Transitions: f.only, Root: f.context}
	if flags := at.cmd.Flags(); !f.rotate || flags.Changed("expires") {
		asked.Lifetime = &f.expires
	}
	if at.cmd.Flags().Changed("user") {
		asked.User = &f.user
	}
	var err error
	if f.certificate != "" {
		if asked.Certificate, err = readCertificate(f.certificate); err != nil {
			return err
		}
	}
	file, err := f.file(at, name, &asked)
	if err != nil {
		return err
	}
	made, err := f.make(c, at, asked, file)
	if err != nil {
		return err
	}
	return f.tell(c, made)
}

// file is where the token is kept, empty for nowhere. Of a rotation it holds the token that is replaced, unless that was named.
func (f *agentTokenFlags) file(at *place, name string, asked *operator.NewCredential) (string, error) {
	if f.certificate != "" || f.printToken && asked.Replaces != "" || !f.rotate {
		return f.tokenFile, nil
	}
	path := f.tokenFile
	if path == "" {
		state, err := at.state()
		if err != nil {
			return "", err
		}
		if path, err = tokenfile.Path(state, name); err != nil {
			return "", err
		}
	}
	if asked.Replaces == "" {
		old, err := tokenfile.Read(path)
		if err != nil {
			return "", err
		}
		asked.Replaces = string(old.Digest().ID())
	}
	if f.printToken {
		return "", nil
	}
	return path, nil
}

// make opens the token's file before the credential is made: a token that cannot be written is lost. A rotation puts the new file in the
// place of the old one only once it is whole.
func (f *agentTokenFlags) make(c *console, at *place, asked operator.NewCredential, path string) (credentialDocument, error) {
	target := path
	if f.rotate && path != "" {
		target += ".new"
	}
	var file *os.File
	if target != "" {
		var err error
		if file, err = tokenfile.Create(target); err != nil {
			return credentialDocument{}, err
		}
	}
	done, err := act(c, at, &f.sign, func(ctx context.Context, d *operator.Client, key operator.Signer) (operator.Done, error) {
		return d.NewCredential(ctx, key, asked)
	})
	made := credentialDocument{Name: asked.Name, TokenFile: path}
	if file != nil {
		err = tokenfile.Keep(file, done.Token, err)
	} else {
		made.Token = done.Token
	}
	if err == nil && target != path {
		err = os.Rename(target, path)
	}
	made.Credential = done.Credential
	return made, err
}

func readCertificate(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("the file %s does not begin with a certificate in PEM", path)
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return nil, errors.Join(fmt.Errorf("the certificate in %s cannot be read", path), err)
	}
	return block.Bytes, nil
}

func (f *agentTokenFlags) tell(c *console, made credentialDocument) error {
	if f.json {
		return c.document(made)
	}
	one := made.Credential
	c.printf("%s may act by %s: %s\n", show.Plain(made.Name), show.Plain(one.ID), show.Plain(strings.Join(one.Transitions, ", ")))
	c.printf("expires: %s\n", show.Plain(orNever(one.Expires)))
	switch {
	case made.TokenFile != "":
		c.printf("its token is in %s\n", show.Plain(made.TokenFile))
	case made.Token != "":
		c.printf("token, shown this once:\n  %s\n", show.Plain(made.Token))
	}
	return nil
}

func orNever(time string) string {
	if time == "" {
		return "never"
	}
	return time
}

type credentialDocument struct {
	Name       string              `json:"name"`
	Token      string              `json:"token"`     // empty when it is in a file, or there is none
	TokenFile  string              `json:"tokenFile"` // empty when there is none
	Credential operator.Credential `json:"credential"`
}
