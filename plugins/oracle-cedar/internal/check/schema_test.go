package check

import (
	"os"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
)

func TestREADMEListsTheSchema(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for name, of := range contextNames() {
		if name != "agent" {
			want = append(want, "`context."+name+"`")
			continue
		}
		for inner := range of.fields {
			want = append(want, "`context.agent."+inner+"`")
		}
	}
	for name := range exposure.fields {
		want = append(want, "`"+name+"`")
	}
	for _, list := range [][]string{entityTypes, actions, sinks.values} {
		for _, name := range list {
			if name != string(Action) && name != "call" {
				want = append(want, name)
			}
		}
	}
	for _, w := range want {
		if !strings.Contains(string(text), w) {
			t.Errorf("README.md does not tell of %s", w)
		}
	}
}

// ours is the schema for Cedar's own validator. It can say nothing of the arguments, nor of closed lists of strings.
const ours = `
namespace Argus {
  type Exposure = { level: String, levelRank: Long, integrity: String, integrityRank: Long };
  type About = { id: String, principal: String, capabilities: Set<String>, exposure: Exposure, speculative: Exposure, depth: Long, flights: Long };
  type OfCall = { agent: About, server: String, tool: String, label: Exposure, sinks: Set<String>, arguments: {} };
  type OfEgress = { agent: About, sink: String };
  entity Principal;
  entity Agent in [Principal];
  entity Server;
  entity Tool in [Server];
  entity Sink;
  action call appliesTo { principal: Agent, resource: Tool, context: OfCall };
  action vouch appliesTo { principal: Agent, resource: Tool, context: OfCall };
  action egress appliesTo { principal: Agent, resource: Sink, context: OfEgress };
}`

// TestCedarsValidatorAgrees is a second opinion where both can judge. Ours may find more; what it finds sound, Cedar's must.
func TestCedarsValidatorAgrees(t *testing.T) {
	var s schema.Schema
	if err := s.UnmarshalCedar([]byte(ours)); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	cedars := validate.New(resolved, validate.WithPermissive())
	operands := []string{
		`context.agent`, `context.agent.depth`, `context.agent.id`, `context.agent.exposure`, `context.agent.exposure.level`, `context.agent.capabilities`,
		`context.sinks`, `principal`, `resource`, `action`, `1`, `"public"`, `true`, `["public"]`, `[1]`, `ip("10.0.0.1")`, `decimal("1.0")`,
		`Argus::Server::"s"`, `[Argus::Principal::"a"]`, `context.agent.nothing`, `principal.name`,
	}
	var conditions []string
	for _, a := range operands {
		conditions = append(conditions, a, "!"+a, "-"+a+" < 1", a+".isEmpty()", a+` like "x"`, a+".level == \"public\"", a+".isLoopback()")
		for _, b := range operands {
			for _, operator := range []string{"<", "<=", ">", ">=", "+", "in", "&&", "||", "==", "!="} {
				if operator == "+" {
					conditions = append(conditions, a+" + "+b+" == 2")
				} else {
					conditions = append(conditions, a+" "+operator+" "+b)
				}
			}
			conditions = append(conditions, a+".contains("+b+")", a+".containsAll("+b+")", a+".containsAny("+b+")", a+".lessThan("+b+")")
		}
	}
	accepted := 0
	for _, condition := range conditions {
		text := `forbid (principal, action == Argus::Action::"call", resource) when { ` + condition + ` };`
		list, err := cedar.NewPolicyListFromBytes("p", []byte(text))
		if err != nil {
			continue
		}
		policy := (*ast.Policy)(list[0].AST())
		if len(Policy("p", text, 1, policy)) > 0 {
			continue
		}
		accepted++
		if err := cedars.Policy("p", policy); err != nil {
			t.Errorf("%s\naccepted, but Cedar says: %v", condition, err)
		}
	}
	t.Logf("%d of %d accepted", accepted, len(conditions))
	if accepted < 50 {
		t.Errorf("only %d were accepted", accepted)
	}
}
