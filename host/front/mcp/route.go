package mcp

import (
	"strings"

	"argus/host/inventory"
	"argus/plugin/sdk/registry"
)

// scheme begins the address toward agents of a resource whose own address does not say which server has it:
// argus://SERVER/ and then the address as the server knows it.
const scheme = "argus://"

// route is one server whose resources, or prompts, agents may ask for. prefix stands before the names of its prompts; where it is empty
// names and addresses toward agents are the server's own.
type route struct {
	server string
	prefix string
}

// routes are the servers whose channel is declared, in the order of the config. Which server a name belongs to follows from them and the
// name alone: no list that a server once gave has a say. A server may be without prefix only alone; of several such servers each has its
// name for a prefix.
type routes []route

func offering(stock *inventory.Inventory, channel registry.Channel) routes {
	if stock == nil {
		return nil
	}
	var rs routes
	bare := 0
	for _, s := range stock.Servers() {
		if _, declared := stock.Channel(s.Name, channel); !declared {
			continue
		}
		rs = append(rs, route{server: s.Name, prefix: s.Prefix})
		if s.Prefix == "" {
			bare++
		}
	}
	for i := range rs {
		if rs[i].prefix == "" && bare > 1 {
			rs[i].prefix = rs[i].server
		}
	}
	return rs
}

// names tells one set of routes from another.
func (rs routes) names() string {
	var b strings.Builder
	for _, r := range rs {
		b.WriteString(r.server + " " + r.prefix + "\n")
	}
	return b.String()
}

// bare finds the server without prefix.
func (rs routes) bare() (route, bool) {
	for _, r := range rs {
		if r.prefix == "" {
			return r, true
		}
	}
	return route{}, false
}

// of is the route to a server. One that has none any more is spoken of by its name.
func (rs routes) of(server string) route {
	if bare, ok := rs.bare(); ok && bare.server == server {
		return bare
	}
	return route{server: server, prefix: server}
}

// address is a resource's address, or a template of addresses, toward agents. No server can speak in the name of another.
func (r route) address(own string) string {
	if r.prefix == "" && !strings.HasPrefix(own, scheme) {
		return own
	}
	return scheme + r.server + "/" + own
}

// resource finds the server of an address toward agents, and the address as that server knows it. That the server exists and its channel
// is declared is for the mediator to say.
func (rs routes) resource(address string) (server, own string, ok bool) {
	if rest, long := strings.CutPrefix(address, scheme); long {
		return strings.Cut(rest, "/")
	}
	r, ok := rs.bare()
	return r.server, address, ok
}

// prompt finds the server of a prompt's name toward agents, and the name as that server knows it: the longest prefix decides, then the
// order of the config, and what has no known prefix is of the server without one.
func (rs routes) prompt(name string) (server, own string, ok bool) {
	longest := -1
	for _, r := range rs {
		if rest, has := strings.CutPrefix(name, r.prefix+"__"); has && r.prefix != "" && len(r.prefix) > longest {
			server, own, longest = r.server, rest, len(r.prefix)
		}
	}
	if longest >= 0 {
		return server, own, true
	}
	r, ok := rs.bare()
	return r.server, name, ok
}

// promptName is a prompt's name toward agents. It is none for a name that agents could not use, or that would lead to another prompt.
func (rs routes) promptName(r route, own string) (string, bool) {
	name := own
	if r.prefix != "" {
		name = r.prefix + "__" + own
	}
	server, back, found := rs.prompt(name)
	return name, own != "" && found && server == r.server && back == own && fitsVendors(name)
}

// fitsVendors holds a name to what model vendors accept of tools, which clients make of prompts.
func fitsVendors(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '_' && c != '-' {
			return false
		}
	}
	return name != "" && len(name) <= inventory.MaxName && !strings.HasPrefix(name, inventory.Reserved)
}
