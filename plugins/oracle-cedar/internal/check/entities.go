package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// entities checks every entity and entity type that the policy names, also where it is never evaluated.
func (c *checker) entities(policy *ast.Policy) {
	for _, scope := range []ast.IsScopeNode{policy.Principal, policy.Action, policy.Resource} {
		switch s := scope.(type) {
		case ast.ScopeTypeEq:
			c.uid(s.Entity)
		case ast.ScopeTypeIn:
			c.uid(s.Entity)
		case ast.ScopeTypeInSet:
			for _, uid := range s.Entities {
				c.uid(uid)
			}
		case ast.ScopeTypeIs:
			c.entityType(s.Type)
		case ast.ScopeTypeIsIn:
			c.entityType(s.Type)
			c.uid(s.Entity)
		case ast.ScopeTypeAll:
		}
	}
	for _, condition := range policy.Conditions {
		ast.Inspect(ast.NewNode(condition.Body), func(n ast.IsNode) bool {
			switch n := n.(type) {
			case ast.NodeValue:
				if uid, ok := n.Value.(types.EntityUID); ok {
					c.uid(uid)
				}
			case ast.NodeTypeIs:
				c.entityType(n.EntityType)
			case ast.NodeTypeIsIn:
				c.entityType(n.EntityType)
			}
			return true
		})
	}
}

func (c *checker) entityType(t types.EntityType) {
	if !slices.Contains(entityTypes, string(t)) {
		c.problem(string(t), fmt.Sprintf("there is no entity type %s", t), suggest(string(t), entityTypes))
	}
}

func (c *checker) uid(uid types.EntityUID) {
	c.entityType(uid.Type)
	id := string(uid.ID)
	server, tool, slash := strings.Cut(id, "/")
	switch {
	case uid.Type == Action && !slices.Contains(actions, id):
		c.problem(id, fmt.Sprintf("there is no action %q", id), suggest(id, actions))
	case uid.Type == Sink && !sinks.has(id):
		c.problem(id, fmt.Sprintf("there is no sink %q", id), suggest(id, sinks.values))
	case uid.Type == Tool && (!slash || server == "" || tool == ""):
		c.problem(id, fmt.Sprintf("no tool is named %q: a tool is named after its server", id), `write Argus::Tool::"SERVER/TOOL"`)
	case id == "":
		c.problem(string(uid.Type), fmt.Sprintf("an entity of type %s has an empty name", uid.Type), "name it")
	}
}
