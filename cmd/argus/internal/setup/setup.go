// Package setup makes a folder that argus can serve from: the operator key, a configuration that pins the plugins as they are now,
// first policies and a first registry.
//
// It decides nothing about calls. It trusts the plugin files that it finds, since pinning them is what the person asks for. It never
// changes or replaces a file that exists, and never writes the private key anywhere but into its one file.
package setup

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"argus/host"
	"argus/host/config"
	"argus/host/identity"
	"argus/plugins/oracle-cedar/policies"
	"argus/plugins/registry-git/defaults"
)

// Names in the folder.
const (
	KeyFile        = config.OperatorKeyFile
	ConfigFile     = "argus.toml"
	policiesFolder = "policies"
	registryFolder = "registry"
	stateFolder    = "state"
)

// Options say what to make.
type Options struct {
	Folder    string         // absolute; made when absent
	PluginDir string         // where the plugins lie
	Listen    netip.AddrPort // zero: the default
	// Passphrase seals a new key, and opens one that is there already. Empty leaves a new key unsealed.
	Passphrase func(isNew bool) (string, error)
	// Sandboxed adds the sandbox for servers. Without one no server is ever started.
	Sandboxed bool
	// Audited adds an audit sink that can be asked.
	Audited bool
	// Complete keeps what exists and makes what is missing. Without it any part that exists is an error, and nothing is made.
	Complete bool
}

// Made tells what was done.
type Made struct {
	Folder string   `json:"folder"`
	Key    string   `json:"operatorKey"` // public part, as argus.toml holds it; empty when argus.toml was kept
	Sealed bool     `json:"sealed"`      // the key that was made
	Made   []string `json:"made"`
	Kept   []string `json:"kept"`
}

// maker is one run.
type maker struct {
	Options
	made Made
}

// Init makes the folder. On an error Made tells what was made all the same.
func Init(o Options) (Made, error) {
	m := &maker{Options: o, made: Made{Folder: o.Folder, Made: []string{}, Kept: []string{}}}
	err := m.run()
	return m.made, err
}

func (m *maker) run() error {
	if state := m.path(stateFolder); len(state) > host.MaxState {
		return fmt.Errorf("%s is %d bytes long, and the sockets in a state folder allow %d: choose a folder with a shorter path",
			state, len(state), host.MaxState)
	}
	if err := m.look(); err != nil {
		return err
	}
	plugins, err := m.Plugins()
	if err != nil {
		return err
	}
	for _, folder := range []string{m.Folder, m.path(stateFolder)} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("make the folder: %w", err)
		}
	}
	if err := m.keyAndConfig(plugins); err != nil {
		return err // first, since it asks for the passphrase: nothing else is left behind when that goes wrong
	}
	if err := m.policies(); err != nil {
		return err
	}
	return m.registry()
}

func (m *maker) path(name string) string { return filepath.Join(m.Folder, name) }

func (m *maker) exists(name string) bool {
	_, err := os.Lstat(m.path(name))
	return !errors.Is(err, fs.ErrNotExist)
}

// Files are the names of what Init makes in a folder, beside the state.
func Files() []string { return []string{KeyFile, policiesFolder, registryFolder, ConfigFile} }

// look finds what is there already.
func (m *maker) look() error {
	var there []string
	for _, name := range Files() {
		if m.exists(name) {
			there = append(there, m.path(name))
		}
	}
	if len(there) > 0 && !m.Complete {
		return fmt.Errorf("nothing was made, because there is already: %s (--force makes only what is missing; nothing is ever replaced)",
			strings.Join(there, ", "))
	}
	m.made.Kept = append(m.made.Kept, there...)
	return nil
}

// keyAndConfig belong together: the configuration names the key's public part.
func (m *maker) keyAndConfig(plugins []config.InitialPlugin) error {
	if m.exists(ConfigFile) {
		if !m.exists(KeyFile) {
			return fmt.Errorf("%s names an operator key, and its private part is not beside it: put %s back, or move the configuration away",
				m.path(ConfigFile), KeyFile)
		}
		return nil
	}
	public, err := m.key()
	if err != nil {
		return err
	}
	m.made.Key = config.FormatKey(public)
	text, err := config.Render(config.Initial{OperatorKey: public, Listen: m.Listen, Plugins: plugins})
	if err != nil {
		return err
	}
	return m.write(ConfigFile, text)
}

// key opens the key that is there, or makes one.
func (m *maker) key() (ed25519.PublicKey, error) {
	path := m.path(KeyFile)
	if m.exists(KeyFile) {
		key, err := identity.LoadOperatorKey(path, func() (string, error) { return m.Passphrase(false) })
		if err != nil {
			return nil, err
		}
		return key.Public(), nil
	}
	passphrase, err := m.Passphrase(true)
	if err != nil {
		return nil, err
	}
	key, err := identity.NewOperatorKey()
	if err != nil {
		return nil, err
	}
	if err := key.Save(path, passphrase); err != nil {
		return nil, err
	}
	m.made.Sealed = passphrase != ""
	m.made.Made = append(m.made.Made, path)
	return key.Public(), nil
}

// policies copies the first policies into a folder of their own. A folder that exists is the person's as it is: a policy that is
// missing there may have been taken out.
func (m *maker) policies() error {
	if m.exists(policiesFolder) {
		return nil
	}
	from := policies.Default()
	return fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		return m.write(filepath.Join(policiesFolder, name), text)
	})
}

func (m *maker) registry() error {
	if m.exists(registryFolder) {
		return nil
	}
	return m.write(filepath.Join(registryFolder, defaults.FlowFile), defaults.Flow())
}

// write makes a new file that only its owner can read.
func (m *maker) write(name string, text []byte) error {
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	m.made.Made = append(m.made.Made, path)
	return nil
}
