package upstream

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Spec names one server and how to run it. It comes from the operator's configuration.
type Spec struct {
	Name    string            // required, unique in its Set
	Command string            // required: absolute path
	Args    []string          //
	Env     map[string]string // settings; secrets come with each Plan instead
	Folder  string            // required: absolute working folder
	Scratch string            // required: absolute private folder, the server's HOME and TMPDIR
	Profile any               // what the server may do, for the Launcher; not read here
}

// fixedPath is every server's PATH: the host's own is not inherited.
const fixedPath = "/usr/local/bin:/usr/bin:/bin"

// check refuses what could not be started, or would be started otherwise than it reads.
func (s Spec) check() error {
	if s.Name == "" {
		return errors.New("a server needs a name")
	}
	for _, path := range []string{s.Command, s.Folder, s.Scratch} {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("server %s: command, folder and scratch must be absolute paths", s.Name)
		}
	}
	for _, argument := range append([]string{s.Command, s.Folder, s.Scratch}, s.Args...) {
		if strings.ContainsRune(argument, 0) {
			return fmt.Errorf("server %s: an argument or path holds a NUL", s.Name)
		}
	}
	for name, value := range s.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			return fmt.Errorf("server %s: %q can not be an environment variable", s.Name, name)
		}
		if _, fixed := s.fixed()[name]; fixed {
			return fmt.Errorf("server %s: %s is set by argus; remove it from env", s.Name, name)
		}
	}
	return nil
}

// with is s with the secrets of one start.
func (s Spec) with(secrets map[string]string) (Spec, error) {
	env := make(map[string]string, len(s.Env)+len(secrets))
	maps.Copy(env, s.Env)
	maps.Copy(env, secrets)
	s.Env = env
	return s, s.check()
}

func (s Spec) fixed() map[string]string {
	return map[string]string{"PATH": fixedPath, "HOME": s.Scratch, "TMPDIR": s.Scratch, "LANG": "C.UTF-8"}
}

// environment is all that the server inherits.
func (s Spec) environment() []string {
	all := s.fixed()
	maps.Copy(all, s.Env)
	list := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}
