package inventory

import (
	"fmt"

	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// callable are the channels that are tools of the theory.
var callable = []registry.Channel{
	registry.Resources, registry.Prompts, registry.Completion, registry.Sampling, registry.Elicitation, registry.Roots, registry.Log,
	registry.Progress,
}

// offers reports whether a channel exists once it is declared. Of questions and notices a server says nothing before the first comes, so
// they exist as soon as it is configured.
func (s Server) offers(c registry.Channel) bool {
	switch c {
	case registry.Resources:
		return s.Resources
	case registry.Prompts:
		return s.Prompts
	case registry.Completion:
		return s.Completions
	}
	return true
}

// namesake is the entry of the declared channel whose name a tool of the same server has, if there is one. SERVER/NAME is reserved for the
// channel: to a policy they would be one, and what a person permits of the channel would be permitted of the tool.
func (b *builder) namesake(s Server, tool string) *registry.Entry {
	for _, channel := range callable {
		if channel.String() == tool {
			return b.entries[entryKey{s.Name, channel, ""}]
		}
	}
	return nil
}

// addChannel opens a channel that the registry declares.
func (b *builder) addChannel(s Server, channel registry.Channel) {
	entry := b.entries[entryKey{s.Name, channel, ""}]
	if entry == nil {
		return // undeclared: closed
	}
	item, err := b.item(s, entry)
	reserved := s.Name + "/" + channel.String()
	if err == nil {
		if reason, fix := beyondSandbox(item, s); reason != "" {
			err = fmt.Errorf("%s: %s", reason, fix)
		}
	}
	if err != nil {
		b.out.Standings = append(b.out.Standings, Standing{
			Server: s.Name, Channel: channel, Tool: reserved, Entry: entry, Reason: err.Error(), Fix: at(entry),
		})
		return
	}
	item.Name, item.ID, item.Slot = reserved, kernel.ToolID(reserved), kernel.SlotID(reserved)
	b.out.channels[channelKey{s.Name, channel}] = item
	b.declare(item, entry)
}

// addInstructions delivers a server's text while it is the pinned one. What a person has seen brings agents nothing that was not approved,
// so it has no label and is no tool of the theory; anything else of it would.
func (b *builder) addInstructions(s Server) {
	standing := Standing{
		Server: s.Name, Channel: registry.Instructions, Tool: s.Name + "/" + registry.Instructions.String(), Definition: textDefinition(s.Instructions),
		Entry: b.entries[entryKey{s.Name, registry.Instructions, ""}],
	}
	standing.Reason, standing.Fix = unpinned(s, standing.Definition, standing.Entry)
	if standing.Reason == "" {
		text, _ := standing.Definition.Raw.Text() // exactly what the digest is of
		b.out.instructions = append(b.out.instructions, ServerText{s.Name, text})
	}
	b.out.Standings = append(b.out.Standings, standing)
}

// textDefinition is a text in the form in which it is pinned.
func textDefinition(text string) Definition {
	raw := ijson.MustParse(ijson.AppendString(nil, text))
	return Definition{Digest: ijson.Digest(raw), Raw: raw}
}
