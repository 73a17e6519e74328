package messages

import (
	"slices"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// tools reads the declared tools. Each is content for the model, too.
func (r *reader) tools(v ijson.Value, at ijson.Place) error {
	return each(v, at, r.tool)
}

func (r *reader) tool(v ijson.Value, at ijson.Place) error {
	kind := text(v, "type")
	if kind == "mcp_toolset" {
		return r.toolset(v, at)
	}
	name := text(v, "name")
	switch {
	case v.Kind() != ijson.Object:
		return wire.Invalid{Place: at, What: "must be an object"}
	case name == "":
		return wire.Invalid{Place: at.Member("name"), What: "must be the name of a tool"}
	case r.names[name]:
		return wire.Invalid{Place: at.Member("name"), What: "two tools have one name"}
	}
	r.names[name] = true
	r.take(wire.Client, without(v, "cache_control"))
	typ, has := v.Member("type")
	switch {
	case !has || typ.IsNull() || kind == "custom":
		return r.custom(v, at, name)
	case slices.Contains(typed, kind):
		r.Tools = append(r.Tools, wire.Tool{Name: name, Definition: wire.Definition(name, declaration(v), ijson.Value{})})
	case hosted[kind] != nil:
		r.Tools = append(r.Tools, wire.Tool{Name: kind, Definition: without(v, "cache_control"), Hosted: true})
	default:
		return wire.Invalid{Place: at.Member("type"), What: "Argus does not know this type of tool"}
	}
	return nil
}

// custom reads a tool that the client defines.
func (r *reader) custom(v ijson.Value, at ijson.Place, name string) error {
	if err := wire.Known(v, at, "type", "name", "description", "input_schema", "cache_control", "strict", "eager_input_streaming",
		"defer_loading", "allowed_callers", "input_examples"); err != nil {
		return err
	}
	description, _ := v.Member("description")
	schema, _ := v.Member("input_schema")
	if schema.Kind() != ijson.Object {
		return wire.Invalid{Place: at.Member("input_schema"), What: "must be the schema of an object"}
	}
	r.Tools = append(r.Tools, wire.Tool{Name: name, Definition: wire.Definition(name, description, schema)})
	return nil
}

// declaration is how a tool that the vendor describes to the model stands in a definition: the declaration, as its description. Only the vendor
// knows its schema.
func declaration(v ijson.Value) ijson.Value {
	said, _ := parse(quote(string(ijson.AppendCanonical(nil, without(v, "cache_control")))))
	return said
}

// servers reads the servers of MCP that the vendor is to call. What it is to prove itself with is no part of a definition.
func (r *reader) servers(v ijson.Value, at ijson.Place) error {
	return each(v, at, func(v ijson.Value, at ijson.Place) error {
		if err := wire.Known(v, at, "type", "name", "url", "authorization_token", "tool_configuration"); err != nil {
			return err
		}
		name := remoteName + text(v, "name")
		if name == remoteName || slices.ContainsFunc(r.Tools, func(t wire.Tool) bool { return t.Name == name }) {
			return wire.Invalid{Place: at.Member("name"), What: "must be a name that no other server has"}
		}
		r.Tools = append(r.Tools, wire.Tool{Name: name, Definition: without(v, "authorization_token"), Hosted: true})
		return nil
	})
}

// toolset reads which tools of a server the model may use. The server was read before.
func (r *reader) toolset(v ijson.Value, at ijson.Place) error {
	if err := wire.Known(v, at, "type", "mcp_server_name", "default_config", "configs", "cache_control"); err != nil {
		return err
	}
	name := remoteName + text(v, "mcp_server_name")
	if !slices.ContainsFunc(r.Tools, func(t wire.Tool) bool { return t.Hosted && t.Name == name }) {
		return wire.Invalid{Place: at.Member("mcp_server_name"), What: "must be one of mcp_servers"}
	}
	r.take(wire.Client, without(v, "cache_control"))
	return nil
}

// clashes reports whether a request declares a tool of a name that the proxy wants to add.
func clashes(body ijson.Value, added []wire.HostTool) bool {
	tools, _ := body.Member("tools")
	for _, v := range tools.Items() {
		name := text(v, "name")
		if slices.ContainsFunc(added, func(h wire.HostTool) bool { return text(h.Listing, "name") == name }) {
			return true
		}
	}
	return false
}
