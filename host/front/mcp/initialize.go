package mcp

import (
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// revision is the one that is answered when a client asks for one that is not supported.
const revision = mcp.ProtocolVersion20251125

// supported are the revisions between which this door sees no difference. Earlier ones demand batches.
func supported(version string) bool {
	return version == revision || version == mcp.ProtocolVersion20250618
}

// initialize opens a session. The context stays what it was: the principal's.
func (f *Front) initialize(x *exchange, t turn) {
	if t.session != nil {
		x.refuse(deniedAgain)
		return
	}
	asked, can, ok := readHello(t.params)
	if !ok {
		x.end(answer{err: wrongParams})
		return
	}
	version := revision
	if supported(asked) {
		version = asked
	}
	s, room := f.sessions.open(t.grant, version, can)
	if !room {
		x.refuse(deniedRoom)
		return
	}
	f.endWithCredential(s, t.grant)
	x.w.Header()[headerSession] = []string{s.id}
	x.end(answer{result: f.greeting(version)})
}

// readHello reads what a client says of itself: the revision that it asks for and what it can be asked.
func readHello(params ijson.Value) (version string, can upstream.Abilities, ok bool) {
	if params.Exact("protocolVersion", "capabilities", "clientInfo", "_meta") != nil {
		return "", upstream.Abilities{}, false
	}
	version, said := text(params, "protocolVersion")
	capabilities, _ := params.Member("capabilities")
	can, read := readAbilities(capabilities)
	return version, can, said && read
}

// greeting answers initialize.
func (f *Front) greeting(version string) []byte {
	out := ijson.AppendString([]byte(`{"protocolVersion":`), version)
	out = append(append(out, `,"capabilities":`...), f.capabilities()...)
	out = f.appendSelf(append(out, `,"serverInfo":`...))
	return append(f.appendInstructions(out), '}')
}

// capabilities announces tools, resources and prompts, whether or not there are any now: there may be later. Other parts of the protocol
// are announced where a server's channel for them is declared.
func (f *Front) capabilities() []byte {
	stock := f.Mediator.Inventory()
	declared := func(channel registry.Channel) bool { return len(offering(stock, channel)) > 0 }
	var offered mcp.ServerCapabilities
	offered.Tools = &struct {
		ListChanged bool `json:"listChanged,omitempty"`
	}{true}
	offered.Prompts = &struct {
		ListChanged bool `json:"listChanged,omitempty"`
	}{true}
	offered.Resources = &struct {
		Subscribe   bool `json:"subscribe,omitempty"`
		ListChanged bool `json:"listChanged,omitempty"`
	}{Subscribe: declared(registry.Resources), ListChanged: true}
	if declared(registry.Completion) {
		offered.Completions = &struct{}{}
	}
	if declared(registry.Log) {
		offered.Logging = &struct{}{}
	}
	out, err := json.Marshal(offered)
	if err != nil {
		panic(err) // of fixed types
	}
	return out
}

// appendSelf appends who Argus says it is.
func (f *Front) appendSelf(out []byte) []byte {
	out = ijson.AppendString(append(out, `{"name":"argus","version":`...), f.Version)
	return append(out, '}')
}
