package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"argus/internal/tomlpos"
)

// The APIs of model vendors that an upstream can speak.
const (
	OpenAI    = "openai"
	Anthropic = "anthropic"
)

const (
	keyHandle   = "file:"
	mostPass    = 64
	mostMembers = 64
	mostAddress = 2048
)

var (
	passRule   = regexp.MustCompile(`^(GET|HEAD|POST|PUT|PATCH|DELETE) (/[A-Za-z0-9._~*/-]{1,256})$`)
	memberName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,63}$`)
)

func (c *checker) upstreams(tables map[string]tomlpos.Value[upstreamTable]) map[string]Upstream {
	upstreams := map[string]Upstream{}
	for name, t := range tables {
		c.flowName(t.At, "upstream", name)
		key := "upstream." + name
		c.oneOf(t.At, key+".sink", t.V.Sink, egressSinks)
		u := Upstream{Sink: t.V.Sink.V}
		if t.V.URL.Set() {
			c.vendor(key, t, &u)
		} else {
			c.withoutURL(key, t.V)
		}
		upstreams[name] = u
	}
	return upstreams
}

// withoutURL refuses what would have no effect: a person who wrote it believes that Argus sends something there.
func (c *checker) withoutURL(key string, t upstreamTable) {
	for _, set := range []struct {
		name string
		at   tomlpos.Where
		is   bool
	}{
		{"format", t.Format.At, t.Format.Set()}, {"key", t.Key.At, t.Key.Set()}, {"pass", first(t.Pass), len(t.Pass) > 0},
		{"pass_label", t.PassLabel.At, t.PassLabel.Set()}, {"members", first(t.Members), len(t.Members) > 0},
	} {
		if set.is {
			c.fault(set.at, `write url = "https://…" beside it`, "%s.%s is for an upstream that Argus sends to, and url is not set", key, set.name)
		}
	}
}

func first(values []tomlpos.Value[string]) tomlpos.Where {
	if len(values) == 0 {
		return tomlpos.Where{}
	}
	return values[0].At
}

func (c *checker) vendor(key string, table tomlpos.Value[upstreamTable], u *Upstream) {
	t := table.V
	c.oneOf(table.At, key+".format", t.Format, []string{OpenAI, Anthropic})
	u.Format = t.Format.V
	u.URL = c.address(key, t)
	u.KeyFile = c.keyFile(key, t.Key)
	u.Pass = c.pass(key, t.Pass)
	if u.PassLabel = (Source{Level: levels[len(levels)-1], Integrity: integrities[0]}); t.PassLabel.Set() {
		u.PassLabel = c.label(key+".pass_label", t.PassLabel)
	}
	if len(t.Members) > mostMembers {
		c.fault(t.Members[mostMembers].At, "", "%s.members has more than %d entries", key, mostMembers)
		return
	}
	for _, v := range t.Members {
		if !memberName.MatchString(v.V) {
			c.fault(v.At, `write the name of a member of requests, such as "safety_identifier"`, "%s is no name of a member", tomlpos.Quote(v.V))
		}
		u.Members = append(u.Members, v.V)
	}
}

// address admits https, and http where what is sent cannot be read on its way: on this machine, or in a network that the person calls internal
// and without a key of Argus's.
func (c *checker) address(key string, t upstreamTable) *url.URL {
	const fix = `write url = "https://HOST" or "https://HOST/PATH", as the vendor's base URL is up to the version`
	v := t.URL
	u, err := url.Parse(v.V)
	switch {
	case err != nil || len(v.V) > mostAddress || u.Hostname() == "" || u.Opaque != "" || (u.Scheme != "https" && u.Scheme != "http"):
		c.fault(v.At, fix, "%s.url is no https or http address", key)
		return nil
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(v.V, "#"):
		c.fault(v.At, fix, "%s.url holds a user, a query or a fragment", key)
		return nil
	case u.RawPath != "" || slices.Contains(strings.Split(u.Path, "/"), ".."):
		c.fault(v.At, fix, "the path of %s.url is not plain", key)
		return nil
	}
	if u.Scheme == "http" && !onLoopback(u) && (t.Sink.V != "network_internal" || t.Key.Set()) {
		c.fault(v.At, `write https, or for a machine of your own sink = "network_internal" and no key`,
			"%s.url is http to another machine: what is sent could be read on its way", key)
		return nil
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u
}

// onLoopback takes addresses only: what a name resolves to is decided elsewhere.
func onLoopback(u *url.URL) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && addr.Unmap().IsLoopback()
}

// keyFile takes a handle, never a key: the configuration may be read by servers, and is shown. What was written instead is not repeated.
func (c *checker) keyFile(key string, v tomlpos.Value[string]) string {
	if !v.Set() {
		return ""
	}
	name, ok := strings.CutPrefix(v.V, keyHandle)
	if !ok {
		c.fault(v.At, `write the vendor's key into a file of mode 0600, and key = "file:NAME" here`, "%s.key names no file", key)
		return ""
	}
	path, _ := c.absolute(key+".key", tomlpos.Value[string]{V: name, At: v.At})
	return path
}

func (c *checker) pass(key string, values []tomlpos.Value[string]) []Pass {
	if len(values) > mostPass {
		c.fault(values[mostPass].At, "", "%s.pass has more than %d entries", key, mostPass)
		return nil
	}
	var rules []Pass
	for _, v := range values {
		match := passRule.FindStringSubmatch(v.V)
		if match == nil || !plainPattern(match[2]) {
			c.fault(v.At, `write a method and a path, such as "GET /v1/files/*", in which one whole segment may be *`, "%s.pass holds no rule", key)
			continue
		}
		rules = append(rules, Pass{Method: match[1], Path: match[2]})
	}
	return rules
}

// plainPattern admits whole segments, one of which may stand for any.
func plainPattern(path string) bool {
	stars := 0
	for _, segment := range strings.Split(path[1:], "/") {
		switch {
		case segment == "*":
			stars++
		case segment == "" || segment == "." || segment == ".." || strings.Contains(segment, "*"):
			return false
		}
	}
	return stars <= 1
}
