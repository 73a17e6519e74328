package check

import (
	"fmt"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

const sameKind = "compare values of the same kind"

// want tells what is known of n and notes a mistake if operator accepts no such value.
func (c *checker) want(n ast.IsNode, operator string, accepted ...kind) typ {
	t := c.typeOf(n)
	if t.is(accepted...) {
		return t
	}
	c.problem("", fmt.Sprintf("%s works on %s, but is given %s", operator, accepted[0], t.kind), sameKind)
	return typ{}
}

// boolean tells what is known of the condition n.
func (c *checker) boolean(n ast.IsNode, operator string) truth {
	return c.want(n, operator, boolean, argument).truth
}

func (c *checker) wantSet(n ast.IsNode, method string) typ {
	t := c.typeOf(n)
	if t.is(set) {
		return t
	}
	fix := "use it on a set"
	if t.kind == argument {
		fix = fmt.Sprintf("a list among the arguments is a record: write .items.%s(…)", method)
	}
	c.problem(method, fmt.Sprintf("%s works on a set, but is given %s", method, t.kind), fix)
	return typ{}
}

func (c *checker) equality(n ast.BinaryNode) truth {
	left, right := c.typeOf(n.Left), c.typeOf(n.Right)
	if !comparableTypes(left, right) {
		c.problem("", fmt.Sprintf("%s never equals %s", described(left), described(right)), sameKind)
		return open
	}
	c.spelling(left, right)
	if left.uid != nil && right.uid != nil {
		return known(*left.uid == *right.uid)
	}
	if left.entity != "" && right.entity != "" && left.entity != right.entity {
		return never
	}
	return open
}

// described names a type in a message.
func described(t typ) string {
	if t.kind == entity && t.entity != "" {
		return "an entity of type " + string(t.entity)
	}
	return t.kind.String()
}

// spelling notes strings that the policy spells out and that the catalogue on the other side does not have.
func (c *checker) spelling(a, b typ) {
	for _, pair := range [][2]typ{{a, b}, {b, a}} {
		closed, literal := pair[0].closed, pair[1].literal
		if pair[0].kind == set && pair[0].element != nil {
			closed = pair[0].element.closed
		}
		for _, s := range literal {
			if closed != nil && !closed.has(s) {
				c.problem(s, fmt.Sprintf("%q is none of the %s", s, closed.name), suggest(s, closed.values))
			}
		}
	}
}

func (c *checker) order(n ast.BinaryNode) typ {
	const operator = "an order comparison"
	left := c.want(n.Left, operator, long, datetime, duration, argument)
	right := c.want(n.Right, operator, long, datetime, duration, argument)
	if !comparableTypes(left, right) {
		c.problem("", fmt.Sprintf("%s cannot be ordered against %s", left.kind, right.kind), sameKind)
	}
	return truthful(open)
}

func (c *checker) arithmetic(operands ...ast.IsNode) typ {
	for _, n := range operands {
		c.want(n, "arithmetic", long, argument)
	}
	return typ{kind: long}
}

func (c *checker) isType(n ast.NodeTypeIs) truth {
	t := c.want(n.Left, "\"is\"", entity)
	if t.entity == "" {
		return open
	}
	if role(t.entity) != role(n.EntityType) {
		c.problem(string(n.EntityType), fmt.Sprintf("%s is never of type %s", described(t), n.EntityType), "name a type that can stand there")
	}
	return known(t.entity == n.EntityType)
}

func (c *checker) isTypeIn(n ast.NodeTypeIsIn) truth {
	if c.isType(n.NodeTypeIs) == never {
		return never
	}
	return c.in(typ{kind: entity, entity: n.EntityType}, n.Entity)
}

// in tells whether an entity of type t can be in the entity, or in one of the set of entities, that n stands for.
func (c *checker) in(t typ, n ast.IsNode) truth {
	right := c.typeOf(n)
	target := right
	if right.kind == set && right.element != nil {
		target = *right.element
	}
	if !target.is(entity) || right.kind == argument {
		c.problem("", fmt.Sprintf("\"in\" needs entities on its right, but is given %s", right.kind), "name an entity or a set of them")
		return open
	}
	if t.uid != nil && right.uid != nil && t.entity == Action {
		return known(*t.uid == *right.uid)
	}
	if t.entity == "" || target.entity == "" || within(t.entity, target.entity) {
		return open
	}
	if role(t.entity) != role(target.entity) && !within(role(t.entity), target.entity) {
		c.problem(string(target.entity), fmt.Sprintf("%s is never in an entity of type %s", described(t), target.entity),
			"agents are in principals, tools are in servers")
	}
	return never
}

func (c *checker) member(n ast.BinaryNode) typ {
	left, right := c.wantSet(n.Left, "contains"), c.typeOf(n.Right)
	if left.element != nil && !comparableTypes(*left.element, right) {
		c.problem("contains", fmt.Sprintf("the set holds %s, so it never contains %s", described(*left.element), described(right)), sameKind)
	}
	c.spelling(left, right)
	return truthful(open)
}

func (c *checker) overlap(n ast.BinaryNode, method string) typ {
	left, right := c.wantSet(n.Left, method), c.wantSet(n.Right, method)
	if !comparableTypes(left, right) {
		c.problem(method, fmt.Sprintf("one set holds %s, the other %s", described(*left.element), described(*right.element)), sameKind)
	}
	c.spelling(left, right)
	return truthful(open)
}

func (c *checker) tag(n ast.BinaryNode) typ {
	c.typeOf(n.Left)
	c.problem("Tag", "entities have no tags", agentFacts)
	return typ{}
}

// signature of an extension function: what it takes, the receiver first, and what it gives.
type signature struct {
	takes []kind
	gives kind
}

var extensions = map[types.Path]signature{
	"ip": {[]kind{text}, ipaddr}, "decimal": {[]kind{text}, decimal},
	"datetime": {[]kind{text}, datetime}, "duration": {[]kind{text}, duration},
	"lessThan": {[]kind{decimal, decimal}, boolean}, "lessThanOrEqual": {[]kind{decimal, decimal}, boolean},
	"greaterThan": {[]kind{decimal, decimal}, boolean}, "greaterThanOrEqual": {[]kind{decimal, decimal}, boolean},
	"isIpv4": {[]kind{ipaddr}, boolean}, "isIpv6": {[]kind{ipaddr}, boolean}, "isLoopback": {[]kind{ipaddr}, boolean},
	"isMulticast": {[]kind{ipaddr}, boolean}, "isInRange": {[]kind{ipaddr, ipaddr}, boolean},
	"toDate": {[]kind{datetime}, datetime}, "toTime": {[]kind{datetime}, duration},
	"offset": {[]kind{datetime, duration}, datetime}, "durationSince": {[]kind{datetime, datetime}, duration},
	"toDays": {[]kind{duration}, long}, "toHours": {[]kind{duration}, long}, "toMinutes": {[]kind{duration}, long},
	"toSeconds": {[]kind{duration}, long}, "toMilliseconds": {[]kind{duration}, long},
}

func (c *checker) extension(n ast.NodeTypeExtensionCall) typ {
	name := string(n.Name)
	s, ok := extensions[n.Name]
	if !ok {
		c.problem(name, fmt.Sprintf("the function %s is not supported", name), "write it another way")
		return typ{}
	}
	if len(n.Args) != len(s.takes) {
		c.problem(name, fmt.Sprintf("%s is given %d values, but takes %d", name, len(n.Args), len(s.takes)), "give it as many as it takes")
		return typ{kind: s.gives}
	}
	for i, arg := range n.Args {
		accepted := []kind{s.takes[i]}
		if s.takes[i] == text {
			accepted = append(accepted, argument)
		}
		t := c.want(arg, name, accepted...)
		if s.takes[i] == text && len(t.literal) == 1 {
			c.literal(name, t.literal[0])
		}
	}
	return typ{kind: s.gives}
}

// literal checks a value that is spelled out as the text of an extension value.
func (c *checker) literal(function, value string) {
	var err error
	switch function {
	case "ip":
		_, err = types.ParseIPAddr(value)
	case "decimal":
		_, err = types.ParseDecimal(value)
	case "datetime":
		_, err = types.ParseDatetime(value)
	case "duration":
		_, err = types.ParseDuration(value)
	}
	if err != nil {
		c.problem(value, fmt.Sprintf("%s(%q): %v", function, value, err), "correct the value")
	}
}
