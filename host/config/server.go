package config

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"argus/internal/tomlpos"
)

const (
	mostServers = 256
	mostArgs    = 1024
	mostText    = 32 << 10
)

var (
	serverName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	prefixText = regexp.MustCompile(`^[A-Za-z0-9_-]{0,32}$`)
	envName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
)

func (c *checker) servers(values []tomlpos.Value[serverTable], config Config) []Server {
	if len(values) > mostServers {
		c.fault(values[mostServers].At, "", "more than %d servers", mostServers)
		return nil
	}
	names, prefixes := map[string]tomlpos.Where{}, map[string]tomlpos.Where{}
	var servers []Server
	for _, v := range values {
		server := c.server(v, config)
		servers = append(servers, server)
		if server.Name == "" || !c.unique("server", server.Name, names, or(v.V.Name.At, v.At)) || server.Prefix == "" {
			continue
		}
		c.unique("server with the prefix", server.Prefix, prefixes, or(v.V.Prefix.At, v.At))
	}
	return servers
}

func (c *checker) unique(what, name string, seen map[string]tomlpos.Where, at tomlpos.Where) bool {
	first, twice := seen[name]
	if twice {
		c.fault(at, "rename one of the two", "a second %s %s: the first is at %v", what, tomlpos.Quote(name), first)
		return false
	}
	seen[name] = at
	return true
}

// reservedName is no server's, and begins the names of Argus's own tools.
const reservedName = "argus"

func (c *checker) server(v tomlpos.Value[serverTable], config Config) Server {
	t := v.V
	server := Server{Name: c.name("server", v.At, t.Name), Command: c.command(v), Args: c.args(t.Args), Env: c.env(t.Env)}
	server.Profile = c.serverProfile(v, config.Profiles)
	if server.Prefix = server.Name; t.Prefix.Set() {
		server.Prefix = t.Prefix.V
	}
	if t.Prefix.Set() && server.Prefix == reservedName {
		c.fault(t.Prefix.At, "choose another", "the prefix %q is Argus's own", reservedName)
	}
	if !prefixText.MatchString(server.Prefix) {
		c.fault(t.Prefix.At, "", "prefix may hold letters, digits, _ and - only, at most 32")
	}
	server.Scratch = filepath.Join(config.State, "scratch", server.Name)
	if server.Workdir = server.Scratch; t.Workdir.V != "" {
		server.Workdir, _ = c.absolute("workdir", t.Workdir)
	}
	return server
}

// name is that of a server or of a client: it begins the names of what the registry decides about.
func (c *checker) name(what string, at tomlpos.Where, name tomlpos.Value[string]) string {
	switch {
	case !name.Set():
		c.fault(at, `add name = "…"`, "the %s has no name", what)
		return ""
	case name.V == reservedName:
		c.fault(name.At, "use another name", "the name argus is reserved")
		return ""
	case !serverName.MatchString(name.V):
		c.fault(name.At, "begin with a small letter, then small letters, digits and dashes, at most 32",
			"%s cannot be the name of a %s", tomlpos.Quote(name.V), what)
		return ""
	}
	return name.V
}

func (c *checker) serverProfile(v tomlpos.Value[serverTable], profiles map[string]Profile) string {
	profile := v.V.Profile
	if !profile.Set() {
		c.fault(v.At, `add profile = "NAME" and a table [profile.NAME]`, "the server has no profile")
		return ""
	}
	if _, known := profiles[profile.V]; !known {
		fix := "add a table [profile.NAME] of that name"
		if near, ok := tomlpos.Nearest(profile.V, slices.Sorted(maps.Keys(profiles))); ok {
			fix = "did you mean " + near + "?"
		}
		c.fault(profile.At, fix, "no profile %s", tomlpos.Quote(profile.V))
	}
	return profile.V
}

func (c *checker) args(values []tomlpos.Value[string]) []string {
	if len(values) > mostArgs {
		c.fault(values[mostArgs].At, "", "more than %d arguments", mostArgs)
		return nil
	}
	args := make([]string, 0, len(values))
	for _, v := range values {
		if !passable(v.V) {
			c.fault(v.At, "", "an argument is too long or holds a NUL")
		}
		args = append(args, v.V)
	}
	return args
}

func (c *checker) env(values map[string]tomlpos.Value[string]) map[string]string {
	env := make(map[string]string, len(values))
	for name, v := range values {
		switch {
		case !envName.MatchString(name):
			c.fault(v.At, "", "%s cannot be the name of a variable", tomlpos.Quote(name))
		case strings.HasPrefix(v.V, "secret:"):
			c.fault(v.At, "remove it until then", "secret providers are not available yet")
		case !passable(v.V):
			c.fault(v.At, "", "the value of %s is too long or holds a NUL", name)
		}
		env[name] = v.V
	}
	return env
}

// passable tells whether the system can pass text to a program as it is.
func passable(text string) bool { return len(text) <= mostText && !strings.Contains(text, "\x00") }

func or(at, otherwise tomlpos.Where) tomlpos.Where {
	if at.IsZero() {
		return otherwise
	}
	return at
}
