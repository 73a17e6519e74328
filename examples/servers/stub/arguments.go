package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// maxDelay bounds how long a call may ask to take, in milliseconds.
const maxDelay = 10_000

// property is one argument of a tool.
type property struct {
	name, kind  string // kind is "string" or "integer"
	description string
	max         int64 // of an integer; 0 is no bound
	optional    bool
}

func text(name, description string) property {
	return property{name: name, kind: "string", description: description}
}

// everyTool are arguments of each tool, so that tests can let calls overlap and
// find them again in the log.
var everyTool = []property{
	{name: "delay_ms", kind: "integer", description: "Wait this many milliseconds before working", max: maxDelay, optional: true},
	{name: "marker", kind: "string", description: "Free text that only the log keeps", optional: true},
}

func (p property) schema() object {
	s := object{"type": p.kind, "description": p.description}
	if p.kind == "integer" {
		s["minimum"] = 0
		if p.max > 0 {
			s["maximum"] = p.max
		}
	}
	return s
}

// arguments of one call, checked against the tool's properties.
type arguments map[string]any // string or int64

func (a arguments) text(name string) string  { s, _ := a[name].(string); return s }
func (a arguments) number(name string) int64 { n, _ := a[name].(int64); return n }

func readArguments(raw json.RawMessage, properties []property) (arguments, error) {
	given := map[string]any{}
	if len(raw) > 0 {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if err := d.Decode(&given); err != nil {
			return nil, invalid("arguments must be an object")
		}
		if _, err := d.Token(); err != io.EOF {
			return nil, invalid("arguments must be one object")
		}
	}
	args := make(arguments, len(given))
	for _, p := range properties {
		v, ok := given[p.name]
		delete(given, p.name)
		if !ok && p.optional {
			continue
		}
		checked, err := p.check(v)
		if err != nil {
			return nil, err
		}
		args[p.name] = checked
	}
	if len(given) > 0 {
		return nil, invalid("an argument that this tool does not know")
	}
	return args, nil
}

func (p property) check(v any) (any, error) {
	if s, ok := v.(string); ok && p.kind == "string" {
		return s, nil
	}
	if number, ok := v.(json.Number); ok && p.kind == "integer" {
		n, err := number.Int64()
		if err == nil && n >= 0 && (p.max == 0 || n <= p.max) {
			return n, nil
		}
		return nil, invalid(fmt.Sprintf("%s is out of range", p.name))
	}
	return nil, invalid(fmt.Sprintf("%s must be given as %s", p.name, p.kind))
}
