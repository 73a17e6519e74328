package config

import (
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"argus/internal/tomlpos"
)

// checker turns the document into a Config and gathers what is wrong with its meaning.
type checker struct {
	*layers
	home     string
	path     string // of the daemon, to look commands up
	kept     []kept // what profiles may not open
	problems tomlpos.Problems
}

func (c *checker) config(doc *document) Config {
	config := Config{
		State:    c.state(doc.State),
		MCP:      c.mcp(doc),
		GRPC:     c.grpc(doc),
		Operator: c.operator(doc.Operator.Key),
		Log:      c.log(doc.Log.Level),
		Limits:   c.limits(&doc.Limits),
		Plugins:  c.plugins(doc.Plugins, len(doc.Servers) > 0),

		Sources: c.sources(doc.Sources), Upstreams: c.upstreams(doc.Upstreams),
	}
	config.Profiles = c.profiles(doc.Profiles, config)
	config.Servers = c.servers(doc.Servers, config)
	config.LLM = c.llm(&doc.LLM, config.Upstreams)
	config.Clients = c.clients(doc.Clients, config.Servers)
	return config
}

func (c *checker) fault(at tomlpos.Where, fix, format string, args ...any) {
	c.problems.Add(at, fix, format, args...)
}

func (c *checker) state(v tomlpos.Value[string]) string {
	folder, ok := c.absolute("state", v)
	if ok && folder == "/" {
		c.fault(v.At, `write state = "state"`, "the state folder cannot be /")
	}
	return folder
}

func (c *checker) log(v tomlpos.Value[string]) Log {
	switch v.V {
	case "trace", "debug", "info", "warn", "error":
	default:
		c.fault(v.At, `write level = "info"`, "log.level must be trace, debug, info, warn or error")
	}
	return Log{Level: v.V}
}

// absolute makes a path absolute: "~/" is the home folder, and a relative path starts at the folder of its file.
func (c *checker) absolute(key string, v tomlpos.Value[string]) (string, bool) {
	path := v.V
	switch rest, home := strings.CutPrefix(path, "~/"); {
	case path == "":
		c.fault(v.At, "give a path", "%s is empty", key)
		return "", false
	case !printable(path) || len(path) > 4096:
		c.fault(v.At, "give a plain path", "%s is too long or holds control characters", key)
		return "", false
	case home && filepath.IsAbs(c.home):
		return filepath.Join(c.home, rest), true
	case strings.HasPrefix(path, "~"):
		c.fault(v.At, `begin it with "/" or "~/"`, "%s names a home folder that is not known", key)
		return "", false
	case filepath.IsAbs(path):
		return filepath.Clean(path), true
	}
	return filepath.Join(c.folder(v.At), path), true
}

// folder is where the relative paths of a place start.
func (c *checker) folder(at tomlpos.Where) string {
	if at.Line > 0 {
		return filepath.Dir(at.File)
	}
	return c.base()
}

func (c *checker) duration(key string, v tomlpos.Value[string], least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(v.V)
	switch {
	case err != nil:
		c.fault(v.At, `write a number with its unit, such as "90s", "5m" or "1h"`, "%s is not a duration", key)
	case d < least || d > most:
		c.fault(v.At, "", "%s must be between %v and %v", key, least, most)
	}
	return d
}

func (c *checker) whole(key string, v tomlpos.Value[int64], least, most int64) int64 {
	if v.V < least || v.V > most {
		c.fault(v.At, "", "%s must be between %d and %d", key, least, most)
	}
	return v.V
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, unicode.IsControl)
}
