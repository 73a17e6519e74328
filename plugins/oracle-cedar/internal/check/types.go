package check

import (
	"slices"

	"github.com/cedar-policy/cedar-go/types"
)

// kind is what a policy can do with a value. The zero kind is a value that nothing is known of; no operation on it is a mistake.
type kind uint8

const (
	anything kind = iota
	boolean
	long
	text
	entity
	set
	record
	argument // a value inside the arguments of a call: never an entity, a set or an extension value
	ipaddr
	decimal
	datetime
	duration
)

var kindNames = [...]string{
	anything: "a value", boolean: "a boolean", long: "a number", text: "a string", entity: "an entity", set: "a set", record: "a record",
	argument: "an argument", ipaddr: "an IP address", decimal: "a decimal", datetime: "a datetime", duration: "a duration",
}

func (k kind) String() string { return kindNames[k] }

// truth is what is known of a boolean before any question is asked.
type truth uint8

const (
	open truth = iota
	always
	never
)

func known(b bool) truth {
	if b {
		return always
	}
	return never
}

func (t truth) not() truth { return [...]truth{open: open, always: never, never: always}[t] }

// catalogue is a closed list of strings; comparing with any other string is a slip of the pen.
type catalogue struct {
	name   string
	values []string
}

// typ is what is known of a value before any question is asked. The zero typ is a value that nothing is known of.
type typ struct {
	kind    kind
	truth   truth            // of a boolean
	closed  *catalogue       // of a string, if it comes out of a catalogue
	literal []string         // of a string or set of strings: those that the policy spells out
	entity  types.EntityType // of an entity
	uid     *types.EntityUID // of an entity that is known exactly
	element *typ             // of a set
	fields  map[string]typ   // of a record; nil for the arguments, whose names are the tool's business
}

func truthful(t truth) typ      { return typ{kind: boolean, truth: t} }
func setOf(element typ) typ     { return typ{kind: set, element: &element, literal: element.literal} }
func oneOf(c *catalogue) typ    { return typ{kind: text, closed: c} }
func (t typ) is(k ...kind) bool { return t.kind == anything || slices.Contains(k, t.kind) }
func (t typ) isOpen() bool      { return t.kind == record && t.fields == nil }
func (c *catalogue) has(s string) bool {
	return slices.Contains(c.values, s)
}

// comparableTypes reports whether a value of a can ever equal one of b.
func comparableTypes(a, b typ) bool {
	if a.kind == anything || b.kind == anything {
		return true
	}
	if a.kind == argument {
		a, b = b, a
	}
	if b.kind == argument {
		return slices.Contains([]kind{boolean, long, text, record, argument}, a.kind)
	}
	if a.kind != b.kind {
		return false
	}
	if a.kind == entity && a.entity != "" && b.entity != "" {
		return role(a.entity) == role(b.entity)
	}
	if a.kind == set && a.element != nil && b.element != nil {
		return comparableTypes(*a.element, *b.element)
	}
	return true
}
