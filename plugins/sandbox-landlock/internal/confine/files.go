//go:build linux

package confine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"

	"argus/plugins/sandbox-landlock/internal/machine"
	"argus/plugins/sandbox-landlock/internal/profile"
)

// The rights of each kind of listing. Nothing gets make_char, make_block, make_sock, ioctl_dev or resolve_unix; what can be written
// cannot be executed, unless a folder of the read list holds it too.
const (
	readFile  landlock.AccessFSSet = ll.AccessFSExecute | ll.AccessFSReadFile
	readTree  landlock.AccessFSSet = readFile | ll.AccessFSReadDir
	writeFile landlock.AccessFSSet = ll.AccessFSReadFile | ll.AccessFSWriteFile | ll.AccessFSTruncate
	writeTree landlock.AccessFSSet = writeFile | ll.AccessFSReadDir | ll.AccessFSRemoveDir | ll.AccessFSRemoveFile |
		ll.AccessFSMakeDir | ll.AccessFSMakeReg | ll.AccessFSMakeFifo | ll.AccessFSMakeSym | ll.AccessFSRefer
)

// restrictFiles leaves the listed files and folders, and keeps signals, abstract sockets and, without network, TCP inside.
func restrictFiles(p profile.Profile, command string) error {
	config, err := strictest(machine.LandlockABI())
	if err != nil {
		return err
	}
	if p.Network {
		config.HandledAccessNet = 0
	}
	rules, err := fileRules(p, command)
	if err != nil {
		return err
	}
	if err := config.Restrict(rules...); err != nil {
		return fmt.Errorf("restrict with Landlock: %w", err)
	}
	return nil
}

// strictest is everything that the given ABI can restrict. It never asks for less than the kernel has, as a best-effort
// configuration of the library would without a word.
func strictest(abi int) (landlock.Config, error) {
	known := map[int]landlock.Config{
		6: landlock.V6, 7: landlock.V7, 8: landlock.V8, 9: landlock.V9, 10: landlock.V10, 11: landlock.V11,
	}
	config, ok := known[min(abi, 11)]
	if !ok {
		return landlock.Config{}, fmt.Errorf("landlock ABI %d is too old; ABI %d is needed", abi, machine.NeededABI)
	}
	return config, nil
}

func fileRules(p profile.Profile, command string) ([]landlock.Rule, error) {
	rules, err := systemRules(p.Network)
	if err != nil {
		return nil, err
	}
	program, err := filepath.EvalSymlinks(command)
	if err != nil {
		return nil, fmt.Errorf("find the program: %w", err)
	}
	rules = append(rules, landlock.PathAccess(readFile, program))
	for _, path := range p.Read {
		if rules, err = appendListed(rules, path, readFile, readTree); err != nil {
			return nil, err
		}
	}
	for _, path := range p.Writable() {
		if rules, err = appendListed(rules, path, writeFile, writeTree); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

func systemRules(network bool) ([]landlock.Rule, error) {
	var rules []landlock.Rule
	for _, s := range systemPaths {
		if s.network && !network {
			continue
		}
		found, err := filepath.Glob(s.path)
		if err != nil {
			return nil, fmt.Errorf("look for system paths: %w", err)
		}
		for _, path := range found {
			if rules, err = appendSystem(rules, path, s.write); err != nil {
				return nil, err
			}
		}
	}
	return rules, nil
}

func appendSystem(rules []landlock.Rule, path string, write bool) ([]landlock.Rule, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // a link to nothing
		return rules, nil
	case err != nil:
		return nil, fmt.Errorf("look at a system path: %w", err)
	case write:
		return append(rules, landlock.PathAccess(writeFile, path)), nil
	case info.IsDir():
		return append(rules, landlock.PathAccess(readTree, path)), nil
	default:
		return append(rules, landlock.PathAccess(readFile, path)), nil
	}
}

// appendListed refuses a path that leads through a symbolic link: a server that could write there before would choose by the link
// what is opened to it now. The plugin has resolved what the person wrote.
func appendListed(rules []landlock.Rule, path string, file, tree landlock.AccessFSSet) ([]landlock.Rule, error) {
	actual, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("open a path of the profile: %w", err)
	}
	if actual != path {
		return nil, fmt.Errorf("%q of the profile leads through a symbolic link; list %q", path, actual)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open a path of the profile: %w", err)
	}
	if info.IsDir() {
		return append(rules, landlock.PathAccess(tree, path)), nil
	}
	return append(rules, landlock.PathAccess(file, path)), nil
}
