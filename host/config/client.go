package config

import (
	"slices"

	"argus/internal/tomlpos"
)

const (
	mostClients = 64
	mostAgents  = 1024
)

// clients have their tools in the registry beside those of servers, so that the two share their names.
func (c *checker) clients(values []tomlpos.Value[clientTable], servers []Server) []Client {
	if len(values) > mostClients {
		c.fault(values[mostClients].At, "", "more than %d clients", mostClients)
		return nil
	}
	names, owners := map[string]tomlpos.Where{}, map[string]tomlpos.Where{}
	var clients []Client
	for _, v := range values {
		client := Client{Name: c.clientName(v, servers), Agents: c.clientAgents(v, owners)}
		if client.Name != "" {
			c.unique("client", client.Name, names, v.V.Name.At)
		}
		clients = append(clients, client)
	}
	return clients
}

func (c *checker) clientName(v tomlpos.Value[clientTable], servers []Server) string {
	name := c.name("client", v.At, v.V.Name)
	if slices.ContainsFunc(servers, func(s Server) bool { return s.Name == name && name != "" }) {
		c.fault(v.V.Name.At, "rename one of the two", "a server has the name %s: the registry could not tell their tools apart", tomlpos.Quote(name))
	}
	return name
}

// clientAgents are those whose requests declare the client's tools: of an agent of two clients it would be open which of them declared a tool.
func (c *checker) clientAgents(v tomlpos.Value[clientTable], owners map[string]tomlpos.Where) []string {
	values := v.V.Agents
	switch {
	case len(values) == 0:
		c.fault(v.At, `add agents = ["NAME"], the agents that the program runs`, "the client has no agents")
		return nil
	case len(values) > mostAgents:
		c.fault(values[mostAgents].At, "", "more than %d agents of one client", mostAgents)
		return nil
	}
	var agents []string
	for _, a := range values {
		if !serverName.MatchString(a.V) {
			c.fault(a.At, "write the name that argus agent new was given", "%s cannot be the name of an agent", tomlpos.Quote(a.V))
			continue
		}
		if first, twice := owners[a.V]; twice {
			c.fault(a.At, "leave it at one client", "the agent %s is one of a client already: at %v", tomlpos.Quote(a.V), first)
		}
		owners[a.V] = a.At
		agents = append(agents, a.V)
	}
	return agents
}
