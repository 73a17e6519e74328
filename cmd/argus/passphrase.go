package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"argus/host/identity"
)

const maxPassphrase = 4 << 10

// newPassphrase asks for the passphrase of a new key, twice.
func newPassphrase(c *console, file string) (string, error) {
	if file != "" {
		return readPassphrase(file)
	}
	if !c.interactive() {
		return "", errors.New("there is no terminal to ask for a passphrase on: give --passphrase-file FILE, or --unsealed")
	}
	first, err := c.hiddenLine("passphrase for the operator key")
	if err != nil {
		return "", err
	}
	second, err := c.hiddenLine("the same again")
	if err != nil {
		return "", err
	}
	switch {
	case first == "":
		return "", errors.New("an empty passphrase seals nothing: type one, or give --unsealed")
	case first != second:
		return "", errors.New("the two are not the same: try again")
	}
	return first, nil
}

// passphrase asks for that of a key which is there.
func passphrase(c *console, file string) (string, error) {
	if file != "" {
		return readPassphrase(file)
	}
	if !c.interactive() {
		return "", errors.New("the key is sealed and there is no terminal to ask on: give --passphrase-file FILE")
	}
	return c.hiddenLine("passphrase of the operator key")
}

// readPassphrase takes the first line of a file.
func readPassphrase(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPassphrase+1))
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" || len(line) > maxPassphrase {
		return "", fmt.Errorf("the first line of %s is no passphrase: it is empty or longer than %d bytes", file, maxPassphrase)
	}
	return line, nil
}

// signing are the flags of commands that act.
type signing struct{ keyFile, passphraseFile string }

func (s *signing) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.keyFile, "operator-key", "", "operator key `file` (default operator.key beside argus.toml)")
	cmd.Flags().StringVar(&s.passphraseFile, "passphrase-file", "", "read the key's passphrase from the first line of this `file`")
}

// key opens the operator key.
func (s *signing) key(c *console, at *place) (identity.OperatorKey, error) {
	file := s.keyFile
	if file == "" {
		file = at.operatorKey()
	}
	return identity.LoadOperatorKey(file, func() (string, error) { return passphrase(c, s.passphraseFile) })
}
