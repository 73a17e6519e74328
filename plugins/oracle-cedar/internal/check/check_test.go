package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"argus/plugin/sdk"
)

func problemsOf(t *testing.T, text string) []sdk.Problem {
	t.Helper()
	list, err := cedar.NewPolicyListFromBytes("p.cedar", []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var problems []sdk.Problem
	for _, p := range list {
		problems = append(problems, Policy("p.cedar", text[p.Position().Offset:], p.Position().Line, (*ast.Policy)(p.AST()))...)
	}
	return problems
}

// onCall is a forbid of calls under a condition.
func onCall(condition string) string {
	return "forbid (principal, action == Argus::Action::\"call\", resource)\nwhen { " + condition + " };"
}

func TestSlipOfThePenIsToldAndNotInert(t *testing.T) {
	cases := []struct{ text, message, fix string }{
		{onCall(`context.agent.depht > 3`), `no attribute "depht"`, `"depth"`},
		{onCall(`context.agnet.depth > 3`), `no attribute "agnet"`, `"agent"`},
		{onCall(`context.agent has depht && context.agent.depht > 3`), `no attribute "depht"`, `"depth"`},
		{onCall(`context has argumnets`), `no attribute "argumnets"`, `"arguments"`},
		{onCall(`context.agent["exposre"].level == "public"`), `no attribute "exposre"`, `"exposure"`},
		{onCall(`context.agent.exposure.level == "pubilc"`), `"pubilc" is none of the levels`, `"public"`},
		{onCall(`"untrustd" == context.agent.speculative.integrity`), `"untrustd" is none of the integrities`, `"untrusted"`},
		{onCall(`["public", "intrenal"].contains(context.label.level)`), `"intrenal" is none of the levels`, `"internal"`},
		{onCall(`context.sinks.contains("network_externl")`), `"network_externl" is none of the sinks`, `"network_external"`},
		{onCall(`context.sinks.containsAny(["financal"])`), `"financal" is none of the sinks`, `"financial"`},
		{onCall(`context.agent.exposure == "public"`), "a record never equals a string", ""},
		{onCall(`context.agent.depth == "3"`), "a number never equals a string", ""},
		{onCall(`context.agent.depth > "3"`), "an order comparison works on a number, but is given a string", ""},
		{onCall(`context.agent.exposure.level > 2`), "order comparison works on a number, but is given a string", ""},
		{onCall(`context.agent.exposure.contains("public")`), "contains works on a set, but is given a record", ""},
		{onCall(`context.arguments.contains("x")`), "contains works on a set, but is given a record", ""},
		{onCall(`context.arguments.to.contains("x")`), "contains works on a set, but is given an argument", ".items.contains"},
		{onCall(`context.agent.capabilities.contains(3)`), "holds a string, so it never contains a number", ""},
		{onCall(`context.agent.capabilities.containsAll([3])`), "one set holds a string, the other a number", ""},
		{onCall(`context.agent.depth like "3*"`), `"like" works on a string`, ""},
		{onCall(`context.agent.depth`), "a condition works on a boolean", ""},
		{onCall(`context.tool && true`), `"&&" works on a boolean`, ""},
		{onCall(`context.agent.depth + "1" > 2`), "arithmetic works on a number", ""},
		{onCall(`principal.level == "x"`), "entities have no attributes", "context.agent"},
		{onCall(`principal has level`), "entities have no attributes", "context.agent"},
		{onCall(`principal.hasTag("x")`), "entities have no tags", "context.agent"},
		{onCall(`resource == principal`), "never equals", ""},
		{onCall(`context.arguments.x == Argus::Tool::"a/b"`), "never equals", ""},
		{onCall(`resource == Argus::Tool::"pay"`), `no tool is named "pay"`, "SERVER/TOOL"},
		{onCall(`false && resource == Argus::Toool::"a/b"`), "no entity type Argus::Toool", "Argus::Tool"},
		{onCall(`principal is User`), "no entity type User", ""},
		{onCall(`principal is Argus::Tool`), "never of type Argus::Tool", ""},
		{onCall(`principal in Argus::Server::"a"`), "never in an entity of type Argus::Server", ""},
		{onCall(`action == Argus::Action::"cal"`), `no action "cal"`, `"call"`},
		{onCall(`context.sink == "ipc"`), "context.sink is absent when action is call", "context has sink"},
		{onCall(`ip("10.0.0.300").isLoopback()`), `ip("10.0.0.300")`, ""},
		{onCall(`ip("10.0.0.1", "x").isLoopback()`), "is given 2 values", ""},
		{onCall(`context.agent.depth.isLoopback()`), "isLoopback works on an IP address", ""},
		{onCall(`false`), "can never apply", ""},
		{onCall(`context has sink`), "can never apply", ""},
		{onCall(`action == Argus::Action::"egress"`), "can never apply", ""},
		{`forbid (principal, action, resource) when { context.tool == "x" };`, "context.tool is absent when action is", "resource is Argus::Tool"},
		{`permit (principal, action, resource);`, "also vouch for all content", `action in [Argus::Action::"call"`},
		{`permit (principal in Argus::Principal::"a", action, resource is Argus::Tool) when { true };`, "also vouch for all content", ""},
		{`forbid (principal == Argus::Tool::"a/b", action, resource);`, "can never apply", ""},
		{`forbid (principal, action == Argus::Action::"call", resource == Argus::Sink::"ipc");`, "can never apply", ""},
		{`forbid (principal, action == Argus::Action::"egress", resource is Argus::Tool);`, "can never apply", ""},
		{`forbid (principal, action == Argus::Action::"Call", resource);`, `no action "Call"`, `"call"`},
		{`forbid (principal, action == Action::"call", resource);`, "no entity type Action", "Argus::Action"},
		{`forbid (principal in Argus::Principl::"a", action, resource);`, "no entity type Argus::Principl", "Argus::Principal"},
		{`forbid (principal, action, resource == Argus::Sink::"ipcc");`, `no sink "ipcc"`, `"ipc"`},
		{`forbid (principal == Argus::Agent::"", action, resource);`, "empty name", ""},
	}
	for _, c := range cases {
		t.Run(c.message, func(t *testing.T) {
			problems := problemsOf(t, c.text)
			if len(problems) == 0 {
				t.Fatalf("accepted: %s", c.text)
			}
			for _, p := range problems {
				if strings.Contains(p.Message, c.message) && strings.Contains(p.Fix, c.fix) {
					return
				}
			}
			t.Fatalf("%s\ntold %q", c.text, problems)
		})
	}
}

func TestSoundPolicyIsAccepted(t *testing.T) {
	for _, text := range []string{
		`permit (principal, action in [Argus::Action::"call", Argus::Action::"vouch"], resource);`,
		`forbid (principal in Argus::Principal::"a", action in [Argus::Action::"call", Argus::Action::"vouch"], resource in Argus::Server::"s") when { context.agent.depth > 1 };`,
		`forbid (principal is Argus::Agent in Argus::Principal::"a", action, resource is Argus::Sink) when { context.sink == "ipc" };`,
		`forbid (principal, action, resource) when { context has tool && context.tool == "x" };`,
		`forbid (principal, action, resource) unless { context has sink || context.server == "x" };`,
		`forbid (principal, action, resource) when { resource is Argus::Tool && context.tool like "x*" };`,
		`forbid (principal, action, resource) when { if action == Argus::Action::"egress" then context.sink == "ipc" else true };`,
		`forbid (principal, action, resource) when { resource == Argus::Sink::"ipc" || resource in [Argus::Server::"s", Argus::Tool::"a/b/c"] };`,
		onCall(`context.arguments.amount > 100 && context.arguments.to.items.contains("x") && context.arguments.to.length < 3`),
		onCall(`context.arguments["odd name"].deep.er == {a: 1}`),
		onCall(`context.arguments has a.b && ip(context.arguments.a.b).isInRange(ip("10.0.0.0/8"))`),
		onCall(`context.agent.capabilities.containsAll(["made_up"]) && !context.sinks.isEmpty()`),
		onCall(`context.agent.exposure == context.agent.speculative`),
		onCall(`context.agent.exposure.levelRank + 1 >= -context.label.levelRank * 2`),
		onCall(`{a: context.agent}.a.depth == 2`),
		onCall(`[principal, Argus::Agent::"x"].contains(principal)`),
		onCall(`decimal("1.5").lessThan(decimal("2.5")) && duration("1h").toHours() == 1 && datetime("2024-01-01") < datetime("2024-01-02")`),
	} {
		if problems := problemsOf(t, text); len(problems) > 0 {
			t.Errorf("%s\ntold %q", text, problems)
		}
	}
}

func TestProblemNamesTheLine(t *testing.T) {
	text := "forbid (principal, action, resource);\n\n// a comment\nforbid (\n  principal,\n  action == Argus::Action::\"call\",\n  resource\n) when {\n  context.agent.depht > 3\n};"
	problems := problemsOf(t, text)
	if len(problems) != 1 || problems[0].Line != 9 || problems[0].File != "p.cedar" {
		t.Fatalf("told %+v", problems)
	}
}

func TestReadsNamesWhatAPolicyMayRead(t *testing.T) {
	cases := []struct {
		condition  string
		attributes Attributes
		arguments  string
	}{
		{`true`, 0, ``},
		{`context.tool == "x"`, 0, ``},
		{`context.agent.id == "x" && context.agent.principal == "y"`, 0, ``},
		{`context.agent.depth > 1`, Depth, ``},
		{`context["agent"]["flights"] > 1`, Flights, ``},
		{`context.agent.exposure.level == "public" || context.agent.speculative.levelRank > 1`, Exposure | Speculative, ``},
		{`context.agent.capabilities.contains("x")`, Capabilities, ``},
		{`context.agent has depth`, Depth, ``},
		{`context has agent`, 0, ``},
		{`context has arguments`, 0, ``},
		{`context.agent == context.agent`, AllAttributes, ``},
		{`{a: context.agent}.a.depth == 1`, AllAttributes, ``},
		{`(if true then context else context).agent.depth == 1`, AllAttributes, `[] false`},
		{`[context].contains(context)`, AllAttributes, `[] false`},
		{`context.arguments.a.b == 1`, 0, `[a b] false`},
		{`context.arguments has a.b`, 0, `[a] true; [a b] true`},
		{`context.arguments == {}`, 0, `[] false`},
		{`context.arguments.a.items.contains(context.agent.depth)`, Depth, `[a items] false`},
	}
	for _, c := range cases {
		list, err := cedar.NewPolicyListFromBytes("p", []byte(onCall(c.condition)))
		if err != nil {
			t.Fatal(err)
		}
		r := Reads((*ast.Policy)(list[0].AST()))
		var arguments []string
		for _, m := range r.Arguments {
			arguments = append(arguments, fmt.Sprint(m.Path, m.Has))
		}
		if got := strings.Join(arguments, "; "); r.Attributes != c.attributes || got != c.arguments {
			t.Errorf("%s reads %05b and %q", c.condition, r.Attributes, got)
		}
	}
}
