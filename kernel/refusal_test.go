package kernel_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

// TestEveryRefusalIsReachable gives each refusal once, and finds those it forgot by reading the source.
func TestEveryRefusalIsReachable(t *testing.T) {
	spec := UniverseSpec()
	spec.Tools = append(spec.Tools, kernel.ToolSpec{ID: "foreign", Issuer: "stranger"}, kernel.ToolSpec{ID: "later", Issuer: Registry})
	w := &World{}
	fresh := func() (p, c kernel.AgentID) {
		w = NewWorld(t, Universe())
		w.Theory = MustTheory(spec)
		p = w.Child(kernel.Root, 10, ReadDB, SendEmail, ReadFile, ExportDB, Remember, Recall)
		return p, w.Child(p, 5, ReadDB, SendEmail)
	}
	odd := kernel.Exposure{Level: 9, Integrity: kernel.Proven}
	cases := map[string]func(p, c kernel.AgentID) (rule string, in kernel.Input){
		"NotActing": func(p, c kernel.AgentID) (string, kernel.Input) { return "not_acting", kernel.Delegate{By: "root.9"} },
		"NotActive": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "not_active", kernel.Revoke{Parent: p, Child: "root.9"}
		},
		"NotChild": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "not_child", kernel.Revoke{Parent: c, Child: p}
		},
		"RootRefused": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "root", kernel.Elevate{Agent: kernel.Root, Label: kernel.Clean()}
		},
		"OutOfCatalogue": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "catalogue", kernel.Elevate{Agent: p, Label: odd}
		},
		"NoDigest": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "no_digest", kernel.InvokeStart{Agent: p, Tool: ReadDB, Label: kernel.Clean()}
		},
		"UnknownTool": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "unknown_tool", kernel.RegisterTool{Tool: "none"}
		},
		"Unregistered": func(p, c kernel.AgentID) (string, kernel.Input) { return "unregistered", w.Call(p, "later") },
		"UntrustedIssuer": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "issuer", kernel.RegisterTool{Tool: "foreign"}
		},
		"AlreadyRegistered": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "already_registered", kernel.RegisterTool{Tool: ReadDB}
		},
		"NotHeld": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "not_held", kernel.Delegate{By: p, Caps: CapsOf(Pay)}
		},
		"NotInCatalogue": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "unknown_capability", kernel.GrantCapability{Parent: kernel.Root, Child: p, Capability: "fly"}
		},
		"LacksBits": func(p, c kernel.AgentID) (string, kernel.Input) { return "bits", kernel.Delegate{By: c, Bits: 6} },
		"Unbounded": func(p, c kernel.AgentID) (string, kernel.Input) {
			w.Use(c, ReadDB)
			return "unbounded", kernel.ReturnEndorsed{Child: c, Parent: p}
		},
		"Busy": func(p, c kernel.AgentID) (string, kernel.Input) {
			w.Start(c, ReadDB)
			return "busy", kernel.ReturnUnendorsed{Child: c, Parent: p}
		},
		"ParentActive": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "parent_active", kernel.CascadeRevoke{Child: c, Parent: p}
		},
		"NotInFlight": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "not_in_flight", kernel.InvokeComplete{Agent: p, Invocation: 7}
		},
		"Undeclared": func(p, c kernel.AgentID) (string, kernel.Input) {
			in := w.Call(p, ReadDB)
			in.Sinks = kernel.SinksOf(kernel.NetworkExternal)
			return "undeclared", in
		},
		"LacksCapability": func(p, c kernel.AgentID) (string, kernel.Input) { return "C1", w.Call(c, ReadFile) },
		"Stale": func(p, c kernel.AgentID) (string, kernel.Input) {
			in := w.Call(p, ReadDB)
			in.Verdicts.Binding.Policy = ""
			return "stale", in
		},
		"Carried": func(p, c kernel.AgentID) (string, kernel.Input) {
			w.Use(p, ReadDB)
			return "2a", w.Call(p, SendEmail)
		},
		"FlightClosed": func(p, c kernel.AgentID) (string, kernel.Input) {
			w.Start(p, SendEmail)
			return "2b", w.Call(p, ReadDB)
		},
		"SelfClosed": func(p, c kernel.AgentID) (string, kernel.Input) { return "2c", w.Call(p, ExportDB) },
		"NotAuthorized": func(p, c kernel.AgentID) (string, kernel.Input) {
			in := w.Call(p, ReadDB)
			in.Verdicts.Authorized = false
			return "C3", in
		},
		"Exhausted": func(p, c kernel.AgentID) (string, kernel.Input) {
			w.State.Next = 1<<64 - 1
			return "exhausted", w.Call(p, ReadDB)
		},
		"EgressClosed": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "egress", Egress(w.Theory, w.State, p, kernel.LLMProvider, true)
		},
		"BeyondOverride": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "override_level", kernel.GrantOverride{Agent: p, Tool: SendEmail, Arguments: Arguments}
		},
		"StoreExceeded": func(p, c kernel.AgentID) (string, kernel.Input) {
			return "store", kernel.GrantOverride{Agent: p, Tool: Remember, Arguments: Arguments, Upto: exposure(kernel.Sensitive, kernel.Proven)}
		},
	}
	rules, texts := map[string]string{}, map[string]string{}
	for name, ask := range cases {
		rule, in := ask(fresh())
		out, refused := kernel.Step(w.Theory, w.State, in).(kernel.Refused)
		if !refused {
			t.Errorf("%s: accepted", name)
			continue
		}
		if got := strings.TrimPrefix(fmt.Sprintf("%T", out.Why), "kernel."); got != name || out.Rule() != rule {
			t.Errorf("got %s by rule %s, want %s by %s", got, out.Rule(), name, rule)
		}
		if other, taken := rules[out.Rule()]; taken {
			t.Errorf("%s and %s share the rule id %s", name, other, out.Rule())
		}
		if other, taken := texts[out.Text()]; taken || !strings.HasSuffix(out.Text(), ".") {
			t.Errorf("%s and %s share a text, or it is no sentence: %q", name, other, out.Text())
		}
		rules[out.Rule()], texts[out.Text()] = name, name
	}
	src, err := os.ReadFile("refusal.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`func \((\w+)\) refusal\(\)`).FindAllStringSubmatch(string(src), -1) {
		if cases[m[1]] == nil {
			t.Errorf("no case reaches %s", m[1])
		}
	}
}

func TestRefusalsOfAStartAreToldInTheOrderOfTheContract(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, ReadDB, SendEmail, ExportDB)
	w.Start(a, SendEmail)

	// Everything is wrong with this call; one thing is put right after another.
	in := kernel.InvokeStart{Tool: "none", Label: kernel.Exposure{Level: 77}}
	expect := func(rule string) { t.Helper(); w.Refused(rule, in) }
	expect("catalogue")
	in.Label = kernel.Exposure{}
	in.Sinks = 1 << 15
	expect("catalogue")
	in.Sinks = kernel.SinksOf(kernel.Execution)
	in.Verdicts.Binding.Reading.Read = 255
	expect("catalogue")
	in.Verdicts.Binding.Reading.Read = 0
	expect("no_digest")
	in.Arguments = Arguments
	expect("not_acting")
	in.Agent = kernel.Root
	expect("root")
	in.Agent = a
	expect("unknown_tool")
	in.Tool = Pay
	expect("undeclared")
	in.Label, in.Sinks = exposure(kernel.Public, kernel.Verified), kernel.SinksOf(kernel.Financial)
	expect("C1")
	in.Tool, in.Label, in.Sinks = ReadDB, exposure(kernel.Sensitive, kernel.Verified), 0
	expect("stale")
	in = Bind(w.Theory, w.State, in)
	expect("2b")

	// 2a comes before 2b, 2b before 2c, 2c before C3.
	w.Theory = withoutRows(kernel.Public)
	in = w.Call(a, SendEmail)
	in.Verdicts.Authorized = false
	expect("2a")
	w.Theory = Universe()
	in = w.Call(a, ExportDB)
	in.Verdicts.Authorized = false
	expect("2b")
	w.Complete(a, 0)
	in = w.Call(a, ExportDB)
	in.Verdicts.Authorized = false
	expect("2c")
	in = w.Call(a, SendEmail)
	in.Verdicts.Authorized = false
	expect("C3")
	in.Verdicts.Authorized = true
	w.Must(in)
}

// withoutRows is the universe with nothing allowed from one level upwards.
func withoutRows(from kernel.Level) kernel.Theory {
	spec := UniverseSpec()
	var rows []kernel.Row
	for _, r := range spec.Policy {
		if r.Level > from {
			rows = append(rows, r)
		}
	}
	spec.Policy = rows
	return MustTheory(spec)
}
