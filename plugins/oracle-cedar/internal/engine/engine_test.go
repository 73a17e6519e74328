package engine

import (
	"strings"
	"testing"

	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/source"
)

// compiled is the engine of one file with that text.
func compiled(t testing.TB, text string) *Engine {
	t.Helper()
	e, problems := Compile([]source.File{{Name: "p.cedar", Content: []byte(text)}})
	if len(problems) > 0 {
		t.Fatalf("%s\n%v", text, problems)
	}
	return e
}

func clean() oracle.Exposure { return oracle.Exposure{Level: "public", Integrity: "proven"} }

func someAgent() oracle.Agent {
	return oracle.Agent{
		ID: "0.1", Principal: "claude", Capabilities: []string{"database_read", "network_egress"},
		Exposure: oracle.Exposure{Level: "internal", Integrity: "verified"}, Speculative: oracle.Exposure{Level: "internal", Integrity: "observed"},
		Depth: 2, Flights: 1,
	}
}

// call is a question about mail/send with those arguments.
func call(arguments oracle.Value) oracle.Question {
	return oracle.Question{
		Agent: someAgent(),
		About: oracle.Call{
			Server: "mail", Tool: "send", ToolID: "mail/send@1", Arguments: arguments, ArgumentsDigest: "d",
			Label: clean(), Sinks: []string{"network_external"},
		},
	}
}

func inspected(q oracle.Question) oracle.Question { q.Inspect = true; return q }

func object(pairs ...any) oracle.Object {
	var o oracle.Object
	for i := 0; i < len(pairs); i += 2 {
		value, _ := pairs[i+1].(oracle.Value)
		if s, ok := pairs[i+1].(string); ok {
			value = oracle.Text(s)
		}
		o = append(o, oracle.Member{Name: pairs[i].(string), Value: value})
	}
	return o
}

func number(text string) oracle.Number { return oracle.Number{Text: text, Exact: true} }

func authorized(t *testing.T, text string, q oracle.Question) {
	t.Helper()
	if a := compiled(t, text).Ask(q); !a.Authorized || a.EvaluationError != "" {
		t.Errorf("refused: %+v\n%s", a, text)
	}
}

func refused(t *testing.T, text string, q oracle.Question) oracle.Answer {
	t.Helper()
	a := compiled(t, text).Ask(q)
	if a.Authorized || a.Vouched || a.EvaluationError != "" {
		t.Errorf("not refused: %+v\n%s", a, text)
	}
	return a
}

// failed demands an evaluation error, which refuses.
func failed(t *testing.T, text string, q oracle.Question) oracle.Answer {
	t.Helper()
	a := compiled(t, text).Ask(q)
	if a.Authorized || a.Vouched || a.EvaluationError == "" {
		t.Errorf("no evaluation error: %+v\n%s", a, text)
	}
	return a
}

const permitAll = `permit (principal, action in [Argus::Action::"call", Argus::Action::"egress"], resource);` + "\n"

func forbidCall(condition string) string {
	return permitAll + `forbid (principal, action == Argus::Action::"call", resource) when { ` + condition + " };"
}

func TestWithoutAPermitTheAnswerIsNo(t *testing.T) {
	refused(t, ``, call(object()))
	refused(t, `permit (principal in Argus::Principal::"other", action == Argus::Action::"call", resource);`, call(object()))
	authorized(t, `permit (principal in Argus::Principal::"claude", action == Argus::Action::"call", resource);`, call(object()))
	authorized(t, `permit (principal == Argus::Agent::"0.1", action == Argus::Action::"call", resource == Argus::Tool::"mail/send");`, call(object()))
	authorized(t, `permit (principal, action == Argus::Action::"call", resource in Argus::Server::"mail");`, call(object()))
}

func TestOneForbidOutweighsPermits(t *testing.T) {
	a := refused(t, permitAll+permitAll+`@id("stop") forbid (principal, action, resource in Argus::Server::"mail");`, call(object()))
	if got := strings.Join(a.Reasons, ";"); got != "call: forbidden by p.cedar:stop" {
		t.Errorf("reasons %q", got)
	}
}

func TestReasonsNameThePoliciesThatDecided(t *testing.T) {
	a := compiled(t, permitAll+`@id("mail") permit (principal, action == Argus::Action::"call", resource in Argus::Server::"mail");`).Ask(call(object()))
	if got := strings.Join(a.Reasons, ";"); got != "call: permitted by p.cedar#1;call: permitted by p.cedar:mail" {
		t.Errorf("reasons %q", got)
	}
	if a := refused(t, ``, call(object())); strings.Join(a.Reasons, ";") != "call: no policy permits it" {
		t.Errorf("reasons %q", a.Reasons)
	}
}

func TestPolicyThatCannotBeEvaluatedRefuses(t *testing.T) {
	// The attacks: leave out, or mistype, what a forbid reads, so that it errs and plain Cedar would pass it over.
	for _, condition := range []string{
		`context.arguments.to == "boss"`,
		`context.arguments.amount > 100`,
		`context.arguments.amount + 9223372036854775807 > 5`,
		`context.arguments.list.items.contains("x")`,
		`ip(context.arguments.text).isLoopback()`,
	} {
		a := failed(t, forbidCall(condition), call(object("amount", "many", "list", object("items", number("1")), "text", "secret words")))
		if strings.Contains(a.EvaluationError, "secret words") {
			t.Errorf("the error holds an argument: %s", a.EvaluationError)
		}
		if !strings.Contains(a.EvaluationError, "p.cedar#2") {
			t.Errorf("the error names no policy: %s", a.EvaluationError)
		}
	}
	overflow := failed(t, forbidCall(`context.arguments.amount + 9223372036854775807 > 5`), call(object("amount", number("77"))))
	if strings.Contains(overflow.EvaluationError, "77") {
		t.Errorf("the error holds an argument: %s", overflow.EvaluationError)
	}
	authorized(t, forbidCall(`context.arguments.amount > 100`), call(object("amount", number("99"))))
	refused(t, forbidCall(`context.arguments.amount > 100`), call(object("amount", number("101"))))
}

func TestPolicyThatCannotBeEvaluatedRefusesEvenBesideAForbidThatHolds(t *testing.T) {
	failed(t, forbidCall(`context.arguments.to == "boss"`)+`forbid (principal, action, resource);`, call(object()))
}

func TestNothingIsVouchedForWithoutARule(t *testing.T) {
	a := compiled(t, `permit (principal, action == Argus::Action::"call", resource);`).Ask(inspected(call(object())))
	if !a.Authorized || a.Vouched {
		t.Errorf("got %+v", a)
	}
	vouch := `permit (principal, action == Argus::Action::"vouch", resource is Argus::Tool) when { context.arguments.query == "weather" };`
	call1 := call(object("query", "weather"))
	if a := compiled(t, permitAll+vouch).Ask(call1); a.Vouched {
		t.Errorf("vouched unasked: %+v", a)
	}
	only := `permit (principal, action == Argus::Action::"call", resource);` + vouch
	if a := compiled(t, only).Ask(inspected(call1)); !a.Authorized || !a.Vouched {
		t.Errorf("got %+v", a)
	}
	if a := compiled(t, only).Ask(inspected(call(object("query", "my diary")))); !a.Authorized || a.Vouched {
		t.Errorf("got %+v", a)
	}
	failed(t, only, inspected(call(object())))
}

func TestEgressIsAskedByItsOwnAction(t *testing.T) {
	egress := oracle.Question{Agent: someAgent(), About: oracle.Egress{Sink: "llm_provider", ContentDigest: "d"}}
	authorized(t, `permit (principal, action == Argus::Action::"egress", resource == Argus::Sink::"llm_provider") when { context.sink == "llm_provider" };`, egress)
	refused(t, `permit (principal, action == Argus::Action::"call", resource);`, egress)
	refused(t, `permit (principal, action == Argus::Action::"egress", resource == Argus::Sink::"ipc");`, egress)
	if a := compiled(t, permitAll).Ask(inspected(egress)); !a.Authorized || a.Vouched {
		t.Errorf("got %+v", a)
	}
	vouch := `permit (principal, action == Argus::Action::"vouch", resource == Argus::Sink::"llm_provider");`
	if a := compiled(t, permitAll+vouch).Ask(inspected(egress)); !a.Authorized || !a.Vouched {
		t.Errorf("got %+v", a)
	}
}

func TestQuestionThatCouldBeReadTwoWaysIsRefused(t *testing.T) {
	change := func(f func(c *oracle.Call, q *oracle.Question)) oracle.Question {
		q := call(object())
		c := q.About.(oracle.Call)
		f(&c, &q)
		q.About = c
		return q
	}
	for name, q := range map[string]oracle.Question{
		"server with a slash": change(func(c *oracle.Call, _ *oracle.Question) { c.Server, c.Tool = "mail/send", "x" }),
		"no tool":             change(func(c *oracle.Call, _ *oracle.Question) { c.Tool = "" }),
		"no agent":            change(func(_ *oracle.Call, q *oracle.Question) { q.Agent.ID = "" }),
		"no principal":        change(func(_ *oracle.Call, q *oracle.Question) { q.Agent.Principal = "" }),
		"unknown level":       change(func(_ *oracle.Call, q *oracle.Question) { q.Agent.Exposure.Level = "Public" }),
		"unknown label":       change(func(c *oracle.Call, _ *oracle.Question) { c.Label = oracle.Exposure{} }),
		"unknown sink":        change(func(c *oracle.Call, _ *oracle.Question) { c.Sinks = []string{"Network_External"} }),
		"arguments no object": change(func(c *oracle.Call, _ *oracle.Question) { c.Arguments = oracle.Text("x") }),
		"about nothing":       {Agent: someAgent()},
	} {
		t.Run(name, func(t *testing.T) { failed(t, permitAll, q) })
	}
	authorized(t, permitAll, change(func(c *oracle.Call, _ *oracle.Question) { c.Tool = "a/b" }))
	authorized(t, permitAll, change(func(c *oracle.Call, _ *oracle.Question) { c.Arguments = oracle.Null{} }))
}

func TestContextHoldsWhatTheSchemaSays(t *testing.T) {
	authorized(t, `permit (principal, action == Argus::Action::"call", resource is Argus::Tool) when {
		context.agent.id == "0.1" && context.agent.principal == "claude" && context.agent.depth == 2 && context.agent.flights == 1 &&
		context.agent.capabilities == ["network_egress", "database_read"] &&
		context.agent.exposure == {level: "internal", levelRank: 1, integrity: "verified", integrityRank: 2} &&
		context.agent.speculative.integrityRank == 1 && context.label == {level: "public", levelRank: 0, integrity: "proven", integrityRank: 3} &&
		context.server == "mail" && context.tool == "send" && context.sinks == ["network_external"] &&
		context.arguments == {to: "x"} };`, call(object("to", "x")))
}

func TestMistakesOfAllFilesAreToldTogether(t *testing.T) {
	e, problems := Compile([]source.File{
		{Name: "b.cedar", Content: []byte("permit (principal,\n action resource);")},
		{Name: "a.cedar", Content: []byte(permitAll + onlyTypo)},
		{Name: "c.cedar", Content: []byte(`@id("x") forbid (principal, action, resource); @id("x") forbid (principal, action, resource);`)},
	})
	if e != nil || len(problems) != 3 {
		t.Fatalf("got %v %+v", e, problems)
	}
	if problems[0].File != "a.cedar" || problems[0].Line != 2 || problems[1].File != "b.cedar" || problems[1].Line != 2 || problems[2].File != "c.cedar" {
		t.Errorf("got %+v", problems)
	}
	if strings.Contains(problems[1].Message, "<input>") {
		t.Errorf("the parser's own name for the file is told: %s", problems[1].Message)
	}
}

const onlyTypo = `forbid (principal, action == Argus::Action::"call", resource) when { context.agent.depht > 1 };`

func TestDigestTellsEveryChange(t *testing.T) {
	digest := func(files ...source.File) string {
		e, problems := Compile(files)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return e.Digest()
	}
	a, b := source.File{Name: "a.cedar", Content: []byte(permitAll)}, source.File{Name: "b.cedar", Content: []byte("//")}
	if digest(a, b) != digest(b, a) {
		t.Error("the order of files changes the digest")
	}
	renamed := source.File{Name: "c.cedar", Content: a.Content}
	seen := map[string]bool{}
	for _, d := range []string{digest(), digest(a), digest(b), digest(a, b), digest(renamed), digest(source.File{Name: "a.cedar", Content: []byte(permitAll + " ")})} {
		if seen[d] {
			t.Error("two folders have one digest")
		}
		seen[d] = true
	}
}

// TestLongestPolicyDoesNotEndThePlugin: evaluation is recursive, and the guard's bounds must leave room on the stack.
func TestLongestPolicyDoesNotEndThePlugin(t *testing.T) {
	const room = 60 << 10
	for name, condition := range map[string]string{
		"and":    "context.tool == \"send\"" + strings.Repeat(" && true", room/8),
		"or":     "context.tool == \"pay\"" + strings.Repeat(" || false", room/9),
		"not":    strings.Repeat("!", room) + "(context.tool == \"pay\")",
		"plus":   "context.agent.depth" + strings.Repeat("+0", room/2) + " > 100",
		"nested": strings.Repeat("(", 60) + "true" + strings.Repeat(")", 60),
	} {
		t.Run(name, func(t *testing.T) {
			e := compiled(t, forbidCall(condition))
			if a := e.Ask(call(object("x", oracle.Null{}))); a.EvaluationError != "" {
				t.Error(a.EvaluationError)
			}
		})
	}
}

func TestSyntaxMistakeIsToldAsASentence(t *testing.T) {
	for text, want := range map[string]string{
		"permit (principal, action, resource":     `this is not Cedar: the file ends where ")" is expected`,
		"\npermit (principal, action resource);":  `this is not Cedar: "resource" stands where "," is expected`,
		"allow (principal, action, resource);":    `this is not Cedar: "(": unexpected effect: allow`,
		"permit (principal, action, resource) \"": `this is not Cedar: literal not terminated`,
	} {
		_, problems := Compile([]source.File{{Name: "p.cedar", Content: []byte(text)}})
		if len(problems) != 1 || problems[0].Message != want {
			t.Errorf("%q: %v", text, problems)
		}
	}
}
