package responses

import (
	"slices"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// hosted are the tools that the vendor runs, with the members of their declarations.
var hosted = func() map[string][]string {
	search := []string{"type", "external_web_access", "filters", "search_context_size", "search_content_types", "user_location"}
	return map[string][]string{
		"web_search": search, "web_search_2025_08_26": search, "web_search_preview": search, "web_search_preview_2025_03_11": search,
		"file_search":      {"type", "vector_store_ids", "filters", "max_num_results", "ranking_options"},
		"code_interpreter": {"type", "container", "allowed_callers"},
		"image_generation": {
			"type", "action", "background", "input_fidelity", "input_image_mask", "model", "moderation", "output_compression", "output_format",
			"partial_images", "quality", "size",
		},
		"mcp": {
			"type", "server_label", "allowed_callers", "allowed_tools", "authorization", "connector_id", "defer_loading", "headers", "require_approval",
			"server_description", "server_url", "tunnel_id",
		},
		"tool_search":               {"type", "description", "execution", "parameters"},
		"programmatic_tool_calling": {"type"},
	}
}()

// tool is a declared tool. A model calls one of a namespace by both names.
type tool struct {
	wire.Tool
	space, name string
}

// readTools reads a list of declarations.
func readTools(list ijson.Value, at ijson.Place) ([]tool, error) {
	if list.Kind() != ijson.Array {
		return nil, wire.Invalid{Place: at, What: "must be an array of tools"}
	}
	var all []tool
	for i, v := range list.Items() {
		if kindOf(v) != "namespace" {
			one, err := readTool(v, at.Item(i), "")
			if err != nil {
				return nil, err
			}
			all = append(all, one)
			continue
		}
		some, err := readSpace(v, at.Item(i))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func readSpace(v ijson.Value, at ijson.Place) ([]tool, error) {
	if err := wire.Known(v, at, "type", "name", "description", "tools"); err != nil {
		return nil, err
	}
	space := text(v, "name")
	if space == "" {
		return nil, wire.Invalid{Place: at.Member("name"), What: "must be the name of the namespace"}
	}
	list, _ := v.Member("tools")
	if list.Kind() != ijson.Array {
		return nil, wire.Invalid{Place: at.Member("tools"), What: "must be an array of tools"}
	}
	var all []tool
	for i, v := range list.Items() {
		one, err := readTool(v, at.Member("tools").Item(i), space)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func readTool(v ijson.Value, at ijson.Place, space string) (tool, error) {
	t := tool{space: space, name: text(v, "name")}
	kind := kindOf(v)
	t.Name = t.name
	if space != "" {
		t.Name = space + "__" + t.name
	}
	description, _ := v.Member("description")
	var err error
	switch {
	case kind == "function":
		err = wire.Known(v, at, "type", "name", "description", "parameters", "strict", "allowed_callers", "defer_loading", "output_schema")
		schema, _ := v.Member("parameters")
		t.Definition = wire.Definition(t.Name, description, schema)
	case kind == "custom":
		err = wire.Known(v, at, "type", "name", "description", "format", "allowed_callers", "defer_loading")
		t.Definition = wire.FreeDefinition(t.Name, description, grammar(v))
	case hosted[kind] != nil && space == "":
		return readHosted(v, at, kind)
	case slices.Contains(runByClient, kind):
		return tool{}, wire.Invalid{Place: at, What: "Argus judges calls by a name and a schema, which tools of this type have not: declare a function instead"}
	default:
		return tool{}, wire.Invalid{Place: at, What: "Argus does not know this type of tool"}
	}
	if err == nil && t.name == "" {
		err = wire.Invalid{Place: at.Member("name"), What: "must be the name of the tool"}
	}
	return t, err
}

func readHosted(v ijson.Value, at ijson.Place, kind string) (tool, error) {
	if err := wire.Known(v, at, hosted[kind]...); err != nil {
		return tool{}, err
	}
	if text(v, "execution") == "client" {
		return tool{}, wire.Invalid{Place: at.Member("execution"), What: "a search for tools by the client brings tools that no request declares: declare them, or let the vendor search"}
	}
	name := kind
	if kind == "mcp" {
		name = remote(v)
	}
	return tool{Tool: wire.Tool{Name: name, Definition: withoutSecrets(v), Hosted: true}}, nil
}

// withoutSecrets is a declaration without what identifies the client toward a remote server: that changes from day to day, and a definition is
// kept and shown.
func withoutSecrets(v ijson.Value) ijson.Value {
	e := wire.Edit(v)
	e.Keep(v, func(name string, _ ijson.Value) bool { return name != "authorization" && name != "headers" })
	open, _ := ijson.ParseString(e.Text(), ijson.AtMost(len(v.Raw())))
	return open
}

// grammar is what the declaration of a custom tool says of the text that it takes.
func grammar(v ijson.Value) string {
	format, _ := v.Member("format")
	if kindOf(format) != "grammar" {
		return ""
	}
	return text(format, "syntax") + "\n" + text(format, "definition")
}

// declared are the tools that a request declares, as an answer may use them.
type declared struct {
	hosted map[string]bool
	spaces map[[2]string]bool
}

// declaredBy collects them.
func declaredBy(body ijson.Value) declared {
	d := declared{hosted: map[string]bool{}, spaces: map[[2]string]bool{}}
	add := func(holder ijson.Value) {
		list, _ := holder.Member("tools")
		all, _ := readTools(list, "") // a list with a mistake declares nothing, and no request with one goes out
		for _, t := range all {
			if t.Hosted {
				d.hosted[family(t.Name)] = true
			} else if t.space != "" {
				d.spaces[[2]string{t.space, t.name}] = true
			}
		}
	}
	add(body)
	input, _ := body.Member("input")
	for _, item := range input.Items() {
		if brings(item) {
			add(item)
		}
	}
	return d
}

// brings reports whether an item of a conversation declares tools.
func brings(item ijson.Value) bool {
	kind := kindOf(item)
	return kind == "tool_search_output" || kind == "additional_tools"
}

// called is the name of the tool that a call means. A call in a namespace that was not declared means none: some clients would look for its name
// alone, others for both.
func (d declared) called(item ijson.Value) string {
	name, space := text(item, "name"), text(item, "namespace")
	switch {
	case space == "":
		return name
	case d.spaces[[2]string{space, name}]:
		return space + "__" + name
	}
	return ""
}

// text is the text of a member, and empty if it is absent or none.
func text(v ijson.Value, name string) string {
	member, _ := v.Member(name)
	t, _ := member.Text()
	return t
}

func kindOf(v ijson.Value) string { return text(v, "type") }
