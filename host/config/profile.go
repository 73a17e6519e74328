package config

import (
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"argus/internal/tomlpos"
)

const mostPaths = 256

var profileName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (c *checker) profiles(values map[string]tomlpos.Value[profileTable], state string) map[string]Profile {
	profiles := make(map[string]Profile, len(values))
	for name, v := range values {
		if !profileName.MatchString(name) {
			c.fault(v.At, "use small letters, digits and dashes", "%s cannot be the name of a profile", tomlpos.Quote(name))
			continue
		}
		profiles[name] = Profile{
			Read:         c.paths(v.V.Read, "read", state),
			Write:        c.paths(v.V.Write, "write", state),
			Network:      v.V.Network,
			MaxProcesses: uint64(c.whole("max_processes", v.V.MaxProcesses, 0, 1<<16)),
			MaxMemory:    c.memory(v.V.MaxMemory),
		}
	}
	return profiles
}

func (c *checker) paths(values []tomlpos.Value[string], key, state string) []string {
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
		c.guard(v.At, key, path, state)
		paths = append(paths, path)
	}
	return paths
}

// guard keeps servers away from what Argus decides by: the state folder holds credentials and the record of every decision, and
// whoever can write the configuration can grant anything.
func (c *checker) guard(at tomlpos.Where, key, path, state string) {
	if state != "" && (within(path, state) || within(state, path)) {
		c.fault(at, "name folders that neither hold the state folder nor lie in it", "%s would open the state folder of Argus", key)
	}
	if key != "write" {
		return
	}
	for _, file := range c.files {
		if within(file, path) {
			c.fault(at, "name a folder that does not hold it", "write would open the configuration of Argus")
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
