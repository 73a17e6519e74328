package chat

import (
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// webSearch is the tool of the vendor's that a request turns on by a member, or by the name of a model.
const webSearch = "web_search_options"

// reader collects what a request has.
type reader struct {
	*format
	wire.Request
	tools map[string]string // by the id of a call in the conversation: its tool
}

// Read reads a request. What the vendor is told before the conversation comes first: its tools, then the form of its answer.
func (f *format) Read(body ijson.Value) (wire.Request, error) {
	r := reader{format: f, Request: wire.Request{Body: body}, tools: map[string]string{}}
	if err := wire.Known(body, "", f.top...); err != nil {
		return wire.Request{}, err
	}
	for _, step := range []func() error{r.settings, r.declared, r.searching, r.prompted, r.conversation} {
		if err := step(); err != nil {
			return wire.Request{}, err
		}
	}
	return r.Request, nil
}

// settings are the members that say how to answer.
func (r *reader) settings() error {
	if r.Model = text(r.Body, "model"); r.Model == "" {
		return wire.Invalid{Place: ijson.Place("").Member("model"), What: "must name a model"}
	}
	if stream := member(r.Body, "stream"); stream.Kind() != ijson.Invalid {
		var ok bool
		if r.Stream, ok = stream.Bool(); !ok {
			return wire.Invalid{Place: ijson.Place("").Member("stream"), What: "must be true or false"}
		}
	}
	if n := member(r.Body, "n"); n.Kind() != ijson.Invalid {
		count := position(n)
		if count < 1 || count > mostChoices {
			return wire.Invalid{Place: ijson.Place("").Member("n"), What: "must be a number from 1 to 128, without a fraction"}
		}
		r.Several = count > 1
	}
	return nil
}

// client adds something that the client's program says.
func (r *reader) client(v ijson.Value) {
	r.Items = append(r.Items, wire.Item{Origin: wire.Client, Raw: v})
}

// declared reads the tools.
func (r *reader) declared() error {
	names := map[string]bool{}
	for _, kind := range []string{"tools", "functions"} {
		list, place := member(r.Body, kind), ijson.Place("").Member(kind)
		if list.Kind() != ijson.Invalid && list.Kind() != ijson.Array {
			return wire.Invalid{Place: place, What: "must be an array"}
		}
		for i, item := range list.Items() {
			tool, err := declaration(item, place.Item(i), kind == "functions")
			if err != nil {
				return err
			}
			if names[tool.Name] {
				return wire.Invalid{Place: place.Item(i), What: "has the name of a tool before it"}
			}
			names[tool.Name] = true
			r.Tools = append(r.Tools, tool)
			r.client(item)
		}
	}
	return r.chosen()
}

// declaration reads one tool. bare is a function without an object around it.
func declaration(v ijson.Value, at ijson.Place, bare bool) (wire.Tool, error) {
	kind := "function"
	if !bare {
		kind = text(v, "type")
		if kind != "function" && kind != "custom" {
			return wire.Tool{}, wire.Invalid{Place: at.Member("type"), What: "must be function or custom: Argus knows no tool of another type"}
		}
		// cache_control is of gateways to other vendors
		if err := wire.Known(v, at, "type", kind, "cache_control"); err != nil {
			return wire.Tool{}, err
		}
		v, at = member(v, kind), at.Member(kind)
	}
	members := []string{"name", "description", "parameters", "strict"}
	if kind == "custom" {
		members = []string{"name", "description", "format"}
	}
	if err := wire.Known(v, at, members...); err != nil {
		return wire.Tool{}, err
	}
	name := text(v, "name")
	if name == "" {
		return wire.Tool{}, wire.Invalid{Place: at.Member("name"), What: "must be a name"}
	}
	if kind == "custom" {
		grammar, err := grammar(member(v, "format"), at.Member("format"))
		return wire.Tool{Name: name, Definition: wire.FreeDefinition(name, member(v, "description"), grammar)}, err
	}
	parameters := member(v, "parameters")
	if parameters.Kind() != ijson.Invalid && parameters.Kind() != ijson.Object {
		return wire.Tool{}, wire.Invalid{Place: at.Member("parameters"), What: "must be an object"}
	}
	return wire.Tool{Name: name, Definition: wire.Definition(name, member(v, "description"), parameters)}, nil
}

// grammar is what a tool that takes text says of it.
func grammar(format ijson.Value, at ijson.Place) (string, error) {
	switch kind := text(format, "type"); {
	case format.Kind() == ijson.Invalid:
		return "", nil
	case kind == "text":
		return "", wire.Known(format, at, "type")
	case kind != "grammar":
		return "", wire.Invalid{Place: at.Member("type"), What: "must be text or grammar"}
	}
	if err := wire.Known(format, at, "type", "grammar"); err != nil {
		return "", err
	}
	g := member(format, "grammar")
	return text(g, "syntax") + "\n" + text(g, "definition"), wire.Known(g, at.Member("grammar"), "syntax", "definition")
}

// chosen reads which tools the model is to call: only tools that are declared beside it.
func (r *reader) chosen() error {
	choice, at := member(r.Body, "tool_choice"), ijson.Place("").Member("tool_choice")
	kind := text(choice, "type")
	switch {
	case choice.Kind() == ijson.Invalid, choice.Kind() == ijson.String:
		return nil
	case kind == "function", kind == "custom":
		return wire.Known(choice, at, "type", kind)
	case kind != "allowed_tools":
		return wire.Invalid{Place: at, What: "must be a word, or of the type function, custom or allowed_tools"}
	}
	allowed, at := member(choice, "allowed_tools"), at.Member("allowed_tools")
	for i, tool := range member(allowed, "tools").Items() {
		if kind := text(tool, "type"); kind != "function" && kind != "custom" {
			return wire.Invalid{Place: at.Member("tools").Item(i).Member("type"), What: "must be function or custom"}
		}
	}
	return wire.Known(allowed, at, "mode", "tools")
}

// searching reads whether the vendor is to search the web: by itself, so that no call of it passes here. Some models do without being told.
func (r *reader) searching() error {
	options, has := r.Body.Member(webSearch)
	if !has && (strings.Contains(r.Model, "-search") || strings.HasSuffix(r.Model, ":online")) {
		options, has = none, true
	}
	if has {
		r.Tools = append(r.Tools, wire.Tool{Name: webSearch, Definition: options, Hosted: true})
	}
	return nil
}

// none is an empty object.
var none, _ = ijson.ParseString(`{}`, ijson.AtMost(2))

// prompted reads what else the model is told: the form of its answer, and what the client expects of it.
func (r *reader) prompted() error {
	if form := member(r.Body, "response_format"); form.Kind() != ijson.Invalid {
		at := ijson.Place("").Member("response_format")
		switch kind := text(form, "type"); kind {
		case "text", "json_object", "json_schema":
			if err := wire.Known(form, at, "type", "json_schema"); err != nil {
				return err
			}
		default:
			return wire.Invalid{Place: at.Member("type"), What: "must be text, json_object or json_schema"}
		}
		r.client(form)
	}
	if expected := member(r.Body, "prediction"); expected.Kind() != ijson.Invalid {
		r.client(expected)
	}
	return nil
}
