package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"argus/host/bounded"
	"argus/host/schema"
	"argus/kernel"
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
)

// builder gathers an inventory, server by server.
type builder struct {
	src     Source
	out     *Inventory
	entries map[entryKey]*registry.Entry
	held    map[string]holder // names in force before, and given out since
}

type entryKey struct {
	server  string
	channel registry.Channel
	tool    string
}

type holder struct{ server, tool string }

// Build makes the inventory of its source. Problems are what makes the theory as a whole refused; then there is no inventory.
func Build(src Source) (*Inventory, []sdk.Problem) {
	b := &builder{
		src: src,
		out: &Inventory{
			byName:   map[string]*Item{},
			declared: map[declaredKey]*Item{},
			channels: map[channelKey]*Item{},
			servers:  src.Servers,
		},
		entries: map[entryKey]*registry.Entry{},
		held:    map[string]holder{},
	}
	for i := range src.Content.Entries {
		e := &src.Content.Entries[i]
		b.entries[entryKey{e.Server, e.Channel, e.Tool}] = e
	}
	if src.Before != nil {
		for name, item := range src.Before.byName {
			b.held[name] = holder{item.Server, item.Tool}
		}
	}
	for _, s := range src.Servers {
		b.addServer(s)
	}
	b.addBackground()
	return b.finish()
}

func (b *builder) addServer(s Server) {
	for _, def := range b.ordered(s) {
		entry := b.entries[entryKey{s.Name, registry.Tool, def.Name}]
		standing := Standing{Server: s.Name, Channel: registry.Tool, Tool: def.Name, Definition: def, Entry: entry}
		item, reason, fix := b.admit(s, def, entry)
		if reason != "" {
			standing.Reason, standing.Fix = reason, fix
		} else {
			standing.Item = item
			b.add(s, item, def)
			b.declare(item, entry)
		}
		b.out.Standings = append(b.out.Standings, standing)
	}
	for _, u := range s.Unusable {
		b.out.Standings = append(b.out.Standings, Standing{
			Server: s.Name, Channel: registry.Tool, Tool: u.Name, Reason: u.Reason, Fix: tellAuthor,
		})
	}
	if s.Client {
		return
	}
	for _, channel := range callable {
		if s.offers(channel) {
			b.addChannel(s, channel)
		}
	}
	if s.Instructions != "" {
		b.addInstructions(s)
	}
}

// add gives an item the place where it is looked up. What a client runs is in no list of what agents can call.
func (b *builder) add(s Server, item *Item, def Definition) {
	if s.Client {
		b.out.declared[declaredKey{s.Name, def.Name, def.Digest}] = item
		return
	}
	b.out.items = append(b.out.items, item)
	b.out.byName[item.Name] = item
}

// ordered are the definitions in the order of the registry, and those that it does not know by name: in the server's own order they could
// tell agents something without being called.
func (b *builder) ordered(s Server) []Definition {
	place := map[string]int{}
	for i, e := range b.src.Content.Entries {
		if e.Server == s.Name && e.Channel == registry.Tool {
			place[e.Tool] = i - len(b.src.Content.Entries) // before 0, which is that of the unknown
		}
	}
	return slices.SortedFunc(slices.Values(s.Tools), func(d, e Definition) int {
		return cmp.Or(cmp.Compare(place[d.Name], place[e.Name]), cmp.Compare(d.Name, e.Name), cmp.Compare(d.Digest, e.Digest))
	})
}

// tellAuthor is the way out where neither a person nor the registry has one.
const tellAuthor = "tell the author of the server"

// admit decides about one definition: an item, or why it is quarantined and what mends that.
func (b *builder) admit(s Server, def Definition, entry *registry.Entry) (item *Item, reason, fix string) {
	if reason, fix := unpinned(s, def, entry); reason != "" {
		return nil, reason, fix
	}
	if channel := b.namesake(s, def.Name); channel != nil {
		return nil, "its name is that of a channel which the registry declares: policies could not tell the two apart",
			at(channel) + ": remove the channel, if you need the tool more"
	}
	item, err := b.item(s, entry)
	if err != nil {
		return nil, err.Error(), at(entry)
	}
	if reason, fix := beyondSandbox(item, s); reason != "" {
		return nil, reason, at(entry) + ": " + fix
	}
	if item.Check, err = checkOf(s, def); err != nil {
		return nil, err.Error(), tellAuthor
	}
	if entry.Endorsed {
		if item.Output, err = boundedOutput(def); err != nil {
			return nil, fmt.Sprintf("it cannot be endorsed: %v", err), at(entry) + ": endorsed = false"
		}
	}
	item.Tool = def.Name
	item.ID = kernel.ToolID(s.Name + "/" + def.Name + "@" + def.Digest)
	item.Slot = kernel.SlotID(s.Name + "/" + def.Name)
	if s.Client {
		item.Name = s.Name + "/" + def.Name
		return item, "", ""
	}
	item.Name = nameOf(s, def.Name, entry)
	item.Listing = listing(def.Raw, item.Name)
	if reason, fix := b.claim(item, s); reason != "" {
		return nil, reason, at(entry) + ": " + fix
	}
	return item, "", ""
}

// checkOf compiles the schema of a tool's arguments. A tool without one is what a vendor runs and only declares by its type: no call of it is
// seen, so there are no arguments to check.
func checkOf(s Server, def Definition) (*schema.Schema, error) {
	arguments, has := def.Raw.Member("inputSchema")
	switch {
	case !has && s.Client:
		return nil, nil
	case !has:
		return nil, errors.New("its definition has no inputSchema")
	}
	check, err := schema.Compile(arguments)
	if err != nil {
		return nil, fmt.Errorf("its inputSchema cannot be used: %w", err)
	}
	return check, nil
}

// unpinned says why what a server says now is not what a person has seen.
func unpinned(s Server, def Definition, entry *registry.Entry) (reason, fix string) {
	pin := "argus registry pin " + s.Name
	switch {
	case entry == nil:
		return "the registry has no entry for it", pin
	case entry.Digest != def.Digest:
		return "its definition is not the one that was pinned", pin
	}
	return "", ""
}

// claim takes a name, unless a tool that is in force has it or an earlier one in the order of the config.
func (b *builder) claim(item *Item, s Server) (reason, fix string) {
	if reason, fix := unfit(item.Name, s, item.Tool); reason != "" {
		return reason, fix
	}
	self := holder{item.Server, item.Tool}
	if has, taken := b.held[item.Name]; taken && has != self && b.alive(has) {
		return fmt.Sprintf("its name toward agents, %s, is that of the tool %s of server %s", item.Name, has.tool, has.server), aliasLine(s, item.Tool)
	}
	b.held[item.Name] = self
	return "", ""
}

// alive reports whether a server still defines the tool; a name whose holder is gone is free.
func (b *builder) alive(h holder) bool {
	return slices.ContainsFunc(b.src.Servers, func(s Server) bool {
		return s.Name == h.server && slices.ContainsFunc(s.Tools, func(d Definition) bool { return d.Name == h.tool })
	})
}

// item reads what an entry decided. The SDK has checked the names; a name that the kernel does not know all the same is refused.
func (b *builder) item(s Server, e *registry.Entry) (*Item, error) {
	item := &Item{Server: s.Name, Channel: e.Channel, Endorsed: e.Endorsed}
	level, okLevel := kernel.ParseLevel(e.Level)
	integrity, okIntegrity := kernel.ParseIntegrity(e.Integrity)
	if !okLevel || !okIntegrity {
		return nil, fmt.Errorf("its label is none")
	}
	item.Label = kernel.Exposure{Level: level, Integrity: integrity}
	var sinks []kernel.Sink
	for _, name := range e.Sinks {
		sink, ok := kernel.ParseSink(name)
		if !ok {
			return nil, fmt.Errorf("sink %q is none", name)
		}
		sinks = append(sinks, sink)
	}
	item.Sinks = kernel.SinksOf(sinks...)
	for _, k := range e.Capabilities {
		item.Needs = append(item.Needs, kernel.Capability(k))
	}
	return item, nil
}

// beyondSandbox checks that the declared sinks include what the server could do with any arguments.
func beyondSandbox(item *Item, s Server) (reason, fix string) {
	if s.Network && !item.Sinks.Has(kernel.NetworkExternal) {
		return "its server's sandbox has a network, so a call can reach any host, but its sinks do not say network_external",
			`add "network_external" to sinks, or take the network from the server's profile`
	}
	if s.Files && !item.Sinks.Has(kernel.FilesystemWrite) {
		return "its server's sandbox can write files, but its sinks do not say filesystem_write",
			`add "filesystem_write" to sinks, or take the write folders from the server's profile`
	}
	return "", ""
}

func boundedOutput(def Definition) (*bounded.Schema, error) {
	output, ok := def.Raw.Member("outputSchema")
	if !ok {
		return nil, fmt.Errorf("its definition has no outputSchema")
	}
	s, err := bounded.Of(output)
	if err != nil {
		return nil, err
	}
	return &s, nil
}

func at(e *registry.Entry) string { return fmt.Sprintf("%s:%d", e.Origin.File, e.Origin.Line) }

// declare adds an item to the theory.
func (b *builder) declare(item *Item, e *registry.Entry) {
	stores := registry.Stores{Reads: []string{"server:" + e.Server}, Writes: []string{"server:" + e.Server}}
	if e.Stores != nil {
		stores = *e.Stores
	}
	b.out.Spec.Tools = append(b.out.Spec.Tools, kernel.ToolSpec{
		ID: item.ID, Needs: item.Needs, Sinks: item.Sinks, Label: item.Label, Endorsed: item.Endorsed,
		Reads: typed[kernel.StoreID](stores.Reads), Writes: typed[kernel.StoreID](stores.Writes), Issuer: kernel.Issuer(e.Issuer),
	})
}

// addBackground adds what the theory says besides its tools.
func (b *builder) addBackground() {
	spec, c := &b.out.Spec, b.src.Content
	spec.OraclePolicy = b.src.OraclePolicy
	spec.Catalogue = append(kernel.BuiltinCapabilities(), typed[kernel.Capability](c.Capabilities)...)
	for _, e := range c.Entries {
		if issuer := kernel.Issuer(e.Issuer); !slices.Contains(spec.Issuers, issuer) {
			spec.Issuers = append(spec.Issuers, issuer) // the registry hands over entries of trusted issuers only
		}
	}
	for _, e := range c.Endorsements {
		spec.Endorsing = append(spec.Endorsing, kernel.SlotID(e.Slot))
	}
}

func typed[T ~string](names []string) []T {
	ts := make([]T, len(names))
	for i, name := range names {
		ts[i] = T(name)
	}
	return ts
}
