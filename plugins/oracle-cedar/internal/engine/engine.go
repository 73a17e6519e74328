// Package engine answers questions by one fixed set of policies.
//
// It decides whether a call or an egress is permitted (default: no, and one forbid outweighs any number of permits) and whether
// the content of a call is vouched for (default: no). It trusts the policies, which check has read, and that the host's reading
// of a call's arguments is the one that the tool's server will make. It trusts no argument: what Cedar cannot hold exactly is no
// part of the context, and a policy that needs it makes the answer an error. It never reads a file and keeps no state between
// questions: the same question always gets the same answer.
package engine

import (
	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"argus/plugins/oracle-cedar/internal/check"
)

// Engine is a set of policies. It does not change and may be shared. The nil Engine permits nothing; ask it nothing.
type Engine struct {
	digest   string
	policies []*policy
	index    index
}

// policy is one policy, with what is known of it without a question.
type policy struct {
	id       types.PolicyID // FILE:@id or FILE#n
	compiled *cedar.Policy
	tree     *ast.Policy
	reading  check.Reading
	want     wanted // the parts of the context that it mentions
}

// Digest is the content address of everything that answers depend on.
func (e *Engine) Digest() string { return e.digest }

// Policies is how many policies there are.
func (e *Engine) Policies() int { return len(e.policies) }
