package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// typeOf tells what is known of n in the present situation and notes the mistakes inside it. It follows the order in which n
// is evaluated: what is known never to be reached is not looked at.
func (c *checker) typeOf(n ast.IsNode) typ {
	switch n := n.(type) {
	case ast.NodeValue:
		return valueType(n.Value)
	case ast.NodeTypeVariable:
		return c.variable(string(n.Name))
	case ast.NodeTypeAnd:
		return truthful(c.and(n))
	case ast.NodeTypeOr:
		return truthful(c.or(n))
	case ast.NodeTypeNot:
		return truthful(c.boolean(n.Arg, "\"!\"").not())
	case ast.NodeTypeIfThenElse:
		return c.choice(n)
	case ast.NodeTypeEquals:
		return truthful(c.equality(n.BinaryNode))
	case ast.NodeTypeNotEquals:
		return truthful(c.equality(n.BinaryNode).not())
	case ast.NodeTypeLessThan:
		return c.order(n.BinaryNode)
	case ast.NodeTypeLessThanOrEqual:
		return c.order(n.BinaryNode)
	case ast.NodeTypeGreaterThan:
		return c.order(n.BinaryNode)
	case ast.NodeTypeGreaterThanOrEqual:
		return c.order(n.BinaryNode)
	case ast.NodeTypeAdd:
		return c.arithmetic(n.Left, n.Right)
	case ast.NodeTypeSub:
		return c.arithmetic(n.Left, n.Right)
	case ast.NodeTypeMult:
		return c.arithmetic(n.Left, n.Right)
	case ast.NodeTypeNegate:
		return c.arithmetic(n.Arg)
	case ast.NodeTypeAccess:
		return c.access(n)
	case ast.NodeTypeHas:
		return truthful(c.has(n))
	case ast.NodeTypeLike:
		c.want(n.Arg, "\"like\"", text, argument)
		return truthful(open)
	case ast.NodeTypeIs:
		return truthful(c.isType(n))
	case ast.NodeTypeIsIn:
		return truthful(c.isTypeIn(n))
	case ast.NodeTypeIn:
		return truthful(c.in(c.want(n.Left, "\"in\"", entity), n.Right))
	case ast.NodeTypeContains:
		return c.member(n.BinaryNode)
	case ast.NodeTypeContainsAll:
		return c.overlap(n.BinaryNode, "containsAll")
	case ast.NodeTypeContainsAny:
		return c.overlap(n.BinaryNode, "containsAny")
	case ast.NodeTypeIsEmpty:
		c.wantSet(n.Arg, "isEmpty")
		return truthful(open)
	case ast.NodeTypeHasTag:
		return c.tag(n.BinaryNode)
	case ast.NodeTypeGetTag:
		return c.tag(n.BinaryNode)
	case ast.NodeTypeExtensionCall:
		return c.extension(n)
	case ast.NodeTypeRecord:
		return c.record(n)
	case ast.NodeTypeSet:
		return c.set(n)
	default:
		c.problem("", fmt.Sprintf("the policy uses a construct that is not supported (%T)", n), "write it another way")
		return typ{}
	}
}

func valueType(v types.Value) typ {
	switch v := v.(type) {
	case types.Boolean:
		return truthful(known(bool(v)))
	case types.Long:
		return typ{kind: long}
	case types.String:
		return typ{kind: text, literal: []string{string(v)}}
	case types.EntityUID:
		return typ{kind: entity, entity: v.Type, uid: &v}
	default:
		return typ{}
	}
}

func (c *checker) variable(name string) typ {
	switch name {
	case "principal":
		return typ{kind: entity, entity: Agent}
	case "action":
		return typ{kind: entity, entity: Action, uid: &c.situation.action}
	case "resource":
		return typ{kind: entity, entity: c.situation.resource}
	default:
		return c.situation.context
	}
}

func (c *checker) and(n ast.NodeTypeAnd) truth {
	left := c.boolean(n.Left, "\"&&\"")
	if left == never {
		return never
	}
	right := c.boolean(n.Right, "\"&&\"")
	if left == always || right == never {
		return right
	}
	return open
}

func (c *checker) or(n ast.NodeTypeOr) truth {
	left := c.boolean(n.Left, "\"||\"")
	if left == always {
		return always
	}
	right := c.boolean(n.Right, "\"||\"")
	if left == never || right == always {
		return right
	}
	return open
}

func (c *checker) choice(n ast.NodeTypeIfThenElse) typ {
	switch c.boolean(n.If, "\"if\"") {
	case always:
		return c.typeOf(n.Then)
	case never:
		return c.typeOf(n.Else)
	case open:
	}
	then, otherwise := c.typeOf(n.Then), c.typeOf(n.Else)
	if then.kind != otherwise.kind {
		return typ{}
	}
	if then.kind == boolean && then.truth == otherwise.truth {
		return then
	}
	if then.kind == record || then.kind == set || then.kind == entity {
		return typ{} // either of two; not worth following
	}
	return typ{kind: then.kind}
}

func (c *checker) record(n ast.NodeTypeRecord) typ {
	fields := make(map[string]typ, len(n.Elements))
	for _, e := range n.Elements {
		fields[string(e.Key)] = c.typeOf(e.Value)
	}
	return typ{kind: record, fields: fields}
}

func (c *checker) set(n ast.NodeTypeSet) typ {
	var element typ
	var literal []string
	for i, e := range n.Elements {
		t := c.typeOf(e)
		literal = append(literal, t.literal...)
		if i == 0 {
			element = t
		} else if element.kind != t.kind || element.entity != t.entity {
			element = typ{}
		}
	}
	// What is known of one element alone does not hold of the others.
	return setOf(typ{kind: element.kind, entity: element.entity, literal: literal})
}

// agentFacts mends a policy that looks for them in an entity.
const agentFacts = "facts about the agent are under context.agent"

func (c *checker) access(n ast.NodeTypeAccess) typ {
	object, name := c.typeOf(n.Arg), string(n.Value)
	switch object.kind {
	case record:
		return c.field(object, name)
	case argument, anything:
		return inside(object, name)
	case entity:
		c.problem(name, fmt.Sprintf("entities have no attributes, so %q cannot be read from one", name), agentFacts)
	default:
		c.problem(name, fmt.Sprintf("%s has no attributes, so %q cannot be read from it", object.kind, name), "read it from a record")
	}
	return typ{}
}

// inside is what can be known of the member name of an argument. Under that name a list keeps its elements as a set.
func inside(object typ, name string) typ {
	if object.kind == anything || name == "items" {
		return typ{}
	}
	return typ{kind: argument}
}

func (c *checker) field(object typ, name string) typ {
	if object.isOpen() {
		return typ{kind: argument}
	}
	t, ok := object.fields[name]
	if !ok {
		c.unknownName(object, name)
	}
	return t
}

func (c *checker) has(n ast.NodeTypeHas) truth {
	object, name := c.typeOf(n.Arg), string(n.Value)
	switch object.kind {
	case record:
		if object.isOpen() {
			return open
		}
		if _, ok := object.fields[name]; ok {
			return always
		}
		if _, ok := contextNames()[name]; !ok || !c.isContext(object) {
			c.unknownName(object, name)
		}
		return never
	case argument, anything:
		return open
	case entity:
		c.problem(name, fmt.Sprintf("entities have no attributes, so none ever has %q", name), agentFacts)
	default:
		c.problem(name, fmt.Sprintf("%s has no attributes, so it cannot be asked for %q", object.kind, name), "ask a record")
	}
	return open
}

// isContext reports whether t is the context as a whole: the one record whose names differ from question to question.
func (c *checker) isContext(t typ) bool {
	return t.fields != nil && len(t.fields) == len(c.situation.context.fields) && t.fields["agent"].fields != nil
}

func (c *checker) unknownName(object typ, name string) {
	if _, ok := contextNames()[name]; ok && c.isContext(object) {
		message := "context.%s is absent when action is %s and the resource is %s"
		c.problem(name, fmt.Sprintf(message, name, c.situation.action.ID, c.situation.resource),
			fmt.Sprintf("limit the policy, for example to `resource is %s`, or ask `context has %s &&` first", Tool, name))
		return
	}
	c.problem(name, fmt.Sprintf("there is no attribute %q here", name), suggest(name, slices.Collect(maps.Keys(object.fields))))
}
