package config

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"argus/internal/tomlpos"
)

const envPrefix = "ARGUS_"

// The variables that are settings. None of them grants: a level of logging, a folder and a port.
const (
	envLogLevel = "ARGUS_LOG_LEVEL"
	envState    = "ARGUS_STATE"
	envPort     = "ARGUS_LISTEN_PORT"
)

// environment reads the variables. Everything else with the prefix is a mistake: one that is silently ignored looks, to the
// person who set it, like one that works.
type environment struct {
	listen   string // in force so far
	others   []string
	set      map[string]string // key to the variable
	problems tomlpos.Problems
}

func (e *environment) setting(name, value string) (key string, _ any) {
	at := tomlpos.Where{File: "environment " + name}
	switch {
	case slices.Contains(e.others, name):
		return "", nil
	case name == envLogLevel:
		return e.take("log.level", name), value
	case name == envPort:
		return e.port(at, name, value)
	case name == envState && !filepath.IsAbs(value):
		e.problems.Add(at, "give an absolute path", "state is a relative path")
		return "", nil
	case name == envState:
		return e.take("state", name), value
	}
	e.refuse(at, name)
	return "", nil
}

func (e *environment) take(key, name string) string {
	if e.set == nil {
		e.set = map[string]string{}
	}
	e.set[key] = name
	return key
}

// port changes the port alone: the address decides who can reach the daemon.
func (e *environment) port(at tomlpos.Where, name, value string) (string, any) {
	port, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		e.problems.Add(at, "give a number from 0 to 65535", "is not a port")
		return "", nil
	}
	listen, err := netip.ParseAddrPort(e.listen)
	if err != nil {
		return "", nil // the address itself is reported where it was written
	}
	return e.take("mcp.listen", name), netip.AddrPortFrom(listen.Addr(), uint16(port)).String()
}

// refuse names no value: a variable that is none of ours may hold a secret.
func (e *environment) refuse(at tomlpos.Where, name string) {
	section, _, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(name, envPrefix)), "_")
	granting := []string{"mcp", "listen", "operator", "limits", "plugin", "plugins", "profile", "server", "servers", "config", "allowed",
		"llm", "upstream", "client"}
	if slices.Contains(granting, section) {
		e.problems.Add(at, "set it in argus.toml and unset "+tomlpos.Quote(name), "the environment cannot set what grants")
		return
	}
	settable := []string{envLogLevel, envState, envPort}
	fix := "unset it; the environment sets only " + strings.Join(settable, ", ")
	if near, ok := tomlpos.Nearest(name, settable); ok {
		fix = "did you mean " + near + "?"
	}
	e.problems.Add(at, fix, "is not a setting")
}
