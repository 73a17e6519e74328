package config

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"argus/internal/tomlpos"
)

const mostPaths = 256

var profileName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (c *checker) profiles(values map[string]tomlpos.Value[profileTable], config Config) map[string]Profile {
	c.kept = c.keptPaths(config)
	profiles := make(map[string]Profile, len(values))
	for name, v := range values {
		if !profileName.MatchString(name) {
			c.fault(v.At, "use small letters, digits and dashes", "%s cannot be the name of a profile", tomlpos.Quote(name))
			continue
		}
		profiles[name] = Profile{
			Read:         c.paths(v.V.Read, "read"),
			Write:        c.paths(v.V.Write, "write"),
			Network:      v.V.Network,
			MaxProcesses: uint64(c.whole("max_processes", v.V.MaxProcesses, 0, 1<<16)),
			MaxMemory:    c.memory(v.V.MaxMemory),
		}
	}
	return profiles
}

func (c *checker) paths(values []tomlpos.Value[string], key string) []string {
	if len(values) > mostPaths {
		c.fault(values[mostPaths].At, "", "%s lists more than %d paths", key, mostPaths)
		return nil
	}
	var paths []string
	for _, v := range values {
		path, ok := c.absolute("a path of "+key, v)
		if !ok {
			continue
		}
		c.guard(v.At, key, path)
		paths = append(paths, path)
	}
	return paths
}

// kept is a path that servers are kept away from: it and what lies in it, and for readers and writers alike unless readable.
type kept struct {
	path, what string
	readable   bool
}

// keptPaths are what Argus decides by: the state folder holds credentials and the record of every decision, the operator key approves
// anything, and whoever can write the configuration, the policies or the registry can grant anything.
func (c *checker) keptPaths(config Config) []kept {
	var list []kept
	if config.State != "" {
		list = append(list, kept{path: config.State, what: "the state folder"})
	}
	for _, file := range c.files {
		list = append(list,
			kept{path: file, what: "the configuration", readable: true},
			kept{path: filepath.Join(filepath.Dir(file), OperatorKeyFile), what: "the operator key"})
	}
	for name, u := range config.Upstreams {
		if u.KeyFile != "" {
			list = append(list, kept{path: u.KeyFile, what: "the key of the upstream " + name})
		}
	}
	for _, p := range config.Plugins {
		for _, path := range p.paths() {
			list = append(list, kept{path: path, what: "what the plugin " + p.Binary + " decides by", readable: true})
		}
	}
	return list
}

// paths are those among a plugin's settings: texts that name something which exists.
func (p Plugin) paths() []string {
	var settings map[string]any
	if json.Unmarshal(p.Settings, &settings) != nil {
		return nil
	}
	var list []string
	for _, v := range settings {
		text, ok := v.(string)
		if !ok || text == "" {
			continue
		}
		if !filepath.IsAbs(text) {
			text = filepath.Join(p.Folder, text)
		}
		if _, err := os.Lstat(text); err == nil {
			list = append(list, text)
		}
	}
	return list
}

func (c *checker) guard(at tomlpos.Where, key, path string) {
	for _, k := range c.kept {
		if k.readable && key == "read" {
			continue
		}
		if within(k.path, path) || within(path, k.path) {
			c.fault(at, "name folders that neither hold it nor lie in it", "%s would open %s of Argus", key, k.what)
		}
	}
}

// within tells whether path lies in folder or is it, both with their symbolic links resolved as far as they exist.
func within(path, folder string) bool {
	rel, err := filepath.Rel(resolved(folder), resolved(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

func resolved(path string) string {
	for rest := ""; ; {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Join(real, rest)
		}
		parent := filepath.Dir(path)
		if parent == path {
			return filepath.Join(path, rest)
		}
		rest, path = filepath.Join(filepath.Base(path), rest), parent
	}
}

var memoryText = regexp.MustCompile(`^([0-9]{1,18})(|KiB|MiB|GiB)$`)

func (c *checker) memory(v tomlpos.Value[any]) uint64 {
	if !v.Set() {
		return 0
	}
	text, ok := v.V.(string)
	if n, whole := v.V.(int64); whole {
		text, ok = strconv.FormatInt(n, 10), true
	}
	match := memoryText.FindStringSubmatch(text)
	if !ok || match == nil {
		c.fault(v.At, `write bytes or a text such as "512MiB"`, "max_memory is not an amount of memory")
		return 0
	}
	shift := map[string]uint{"": 0, "KiB": 10, "MiB": 20, "GiB": 30}[match[2]]
	n, err := strconv.ParseUint(match[1], 10, 64)
	if err != nil || n > math.MaxInt64>>shift {
		c.fault(v.At, "", "max_memory is out of range")
		return 0
	}
	return n << shift
}
