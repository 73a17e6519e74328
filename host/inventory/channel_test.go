package inventory

import (
	"strings"
	"testing"

	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// declared is an entry about a channel of the server s, without stores.
func declared(channel registry.Channel, sinks ...string) registry.Entry {
	return registry.Entry{
		Server: "s", Channel: channel, Level: "internal", Integrity: "untrusted", Sinks: sinks, Stores: &registry.Stores{}, Issuer: "local",
		Origin: registry.Origin{File: "s.toml", Line: 5},
	}
}

// open is a server that offers whatever can be offered.
var open = Server{Name: "s", Prefix: "s", Resources: true, Prompts: true, Completions: true, Logging: true}

func TestUndeclaredChannelIsClosed(t *testing.T) {
	for _, only := range callable {
		i := build(t, source([]registry.Entry{declared(only)}, open))
		for _, channel := range callable {
			item, found := i.Channel("s", channel)
			if found != (channel == only) {
				t.Errorf("only %s is declared, and %s is open: %v", only, channel, found)
			}
			if found && (item.Channel != only || item.Label != kernel.Exposure{Level: kernel.Internal, Integrity: kernel.Untrusted} || item.Check != nil) {
				t.Errorf("the declared channel: %+v", item)
			}
		}
		if len(i.Spec.Tools) != 1 || string(i.Spec.Tools[0].ID) != "s/"+only.String() {
			t.Errorf("%s in the theory: %+v", only, i.Spec.Tools)
		}
	}
	if _, found := build(t, source([]registry.Entry{declared(registry.Sampling)}, open)).Channel("other", registry.Sampling); found {
		t.Error("a channel of one server is open for another")
	}
}

// TestQuestionsExistBeforeTheServerIsHeard: what a client can answer is told to a server when it is started.
func TestQuestionsExistBeforeTheServerIsHeard(t *testing.T) {
	var entries []registry.Entry
	for _, channel := range callable {
		entries = append(entries, declared(channel))
	}
	unheard := build(t, source(entries, Server{Name: "s", Prefix: "s"}))
	for _, channel := range callable {
		offered := channel == registry.Resources || channel == registry.Prompts || channel == registry.Completion
		if _, found := unheard.Channel("s", channel); found == offered {
			t.Errorf("%s of a server that was not heard: %v", channel, found)
		}
		if _, found := build(t, source(entries, open)).Channel("s", channel); !found {
			t.Errorf("%s of a server that offers it is closed", channel)
		}
	}
}

func TestChannelNamesTheSinksThatTheSandboxAllows(t *testing.T) {
	for _, channel := range callable {
		for _, c := range []struct {
			network, files bool
			sinks          []string
			fix            string // empty: open
		}{
			{false, false, nil, ""},
			{true, false, nil, `add "network_external" to sinks`},
			{true, false, []string{"ipc"}, `add "network_external" to sinks`},
			{true, false, []string{"network_external"}, ""},
			{false, true, []string{"network_external"}, `add "filesystem_write" to sinks`},
			{true, true, []string{"network_external", "filesystem_write"}, ""},
		} {
			server := open
			server.Network, server.Files = c.network, c.files
			i := build(t, source([]registry.Entry{declared(channel, c.sinks...)}, server))
			if _, found := i.Channel("s", channel); found != (c.fix == "") {
				t.Errorf("%s with %+v: open %v", channel, c, found)
			}
			if c.fix == "" {
				continue
			}
			if len(i.Standings) != 1 || len(i.Spec.Tools) != 0 {
				t.Fatalf("%s with %+v: %+v", channel, c, i.Standings)
			}
			if s := i.Standings[0]; s.Channel != channel || s.Item != nil || !strings.Contains(s.Reason, c.fix) || s.Fix != "s.toml:5" {
				t.Errorf("%s with %+v: %+v", channel, c, s)
			}
		}
	}
}

func TestToolCannotPassForADeclaredChannel(t *testing.T) {
	for _, channel := range callable {
		d := define(t, channel.String(), "")
		server := open
		server.Tools = []Definition{d}
		i := build(t, source([]registry.Entry{pinned("s", d), declared(channel)}, server))
		if _, found := i.Channel("s", channel); !found || len(i.Tools()) != 0 {
			t.Errorf("%s: the channel is open: %v, tools %d", channel, found, len(i.Tools()))
		}
		if s := i.Standings[0]; !strings.HasPrefix(s.Fix, "s.toml:5: remove the channel") {
			t.Errorf("%s: %+v", channel, s)
		}
		if i = build(t, source([]registry.Entry{pinned("s", d)}, server)); len(i.Tools()) != 1 {
			t.Errorf("the control: a tool %s without such a channel is not callable: %s", channel, i.Standings[0].Reason)
		}
	}
}

// told is the server s with instructions, and their pin.
func told(text string) (Server, registry.Entry) {
	server := open
	server.Instructions = text
	return server, registry.Entry{
		Server: "s", Channel: registry.Instructions, Digest: textDefinition(text).Digest, Issuer: "local",
		Origin: registry.Origin{File: "s.toml", Line: 9},
	}
}

func TestInstructionsAreDeliveredOnlyAsTheyWerePinned(t *testing.T) {
	const text = "Call look first.\n\u202e \u0000 é"
	server, pin := told(text)
	other, _ := told(text + " ")
	foreign := pin
	foreign.Server = "other"
	aTool := pinned("s", Definition{Name: "instructions", Digest: pin.Digest})
	for name, c := range map[string]struct {
		server  Server
		entries []registry.Entry
		reason  string // empty: delivered
	}{
		"pinned":                  {server, []registry.Entry{pin}, ""},
		"not pinned":              {server, nil, "the registry has no entry for it"},
		"changed since":           {other, []registry.Entry{pin}, "its definition is not the one that was pinned"},
		"pinned of another":       {server, []registry.Entry{foreign}, "the registry has no entry for it"},
		"a tool that is named so": {server, []registry.Entry{aTool}, "the registry has no entry for it"},
	} {
		i := build(t, source(c.entries, Server{Name: "other"}, c.server))
		got := i.Instructions()
		if delivered := len(got) == 1 && got[0] == (ServerText{"s", text}); delivered != (c.reason == "") || len(got) > 1 {
			t.Errorf("%s: delivers %+q", name, got)
		}
		s := i.Standings[len(i.Standings)-1]
		if s.Channel != registry.Instructions || s.Reason != c.reason || (s.Fix == "argus registry pin s") != (c.reason != "") {
			t.Errorf("%s: %+v", name, s)
		}
		if len(i.Spec.Tools) != 0 {
			t.Errorf("%s: a text is a tool of the theory", name)
		}
		if _, found := i.Channel("s", registry.Instructions); found {
			t.Errorf("%s: a text can be called", name)
		}
	}
	silent, _ := told("")
	if i := build(t, source([]registry.Entry{pin}, silent)); len(i.Instructions())+len(i.Standings) != 0 {
		t.Errorf("of a server that says nothing: %+v", i.Standings)
	}
}

func TestInstructionsComeInTheOrderOfTheConfig(t *testing.T) {
	server, pin := told("one text")
	second := server
	second.Name = "a"
	other := pin
	other.Server = "a"
	got := build(t, source([]registry.Entry{other, pin}, server, second)).Instructions()
	if len(got) != 2 || got[0].Server != "s" || got[1].Server != "a" {
		t.Errorf("%v", got)
	}
}
