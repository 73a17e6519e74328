package kernel_test

import (
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

// The stories that every build must tell, over the universe of kerneltest.

// step is one line of a story, on the agents "parent" and "child" of the table below.
type step struct {
	do   string // what is done
	who  string
	tool kernel.ToolID
	want string // the rule that refuses it; empty if it is accepted
}

func TestStories(t *testing.T) {
	all := []kernel.ToolID{
		ReadDB, SendEmail, PostSlack, QueryAPI, ReadFile, SearchWeb, Summarize, ReadPage, DeleteRepo, Pay, Remember,
		Recall, ExportDB,
	}
	for name, story := range map[string][]step{
		"search the web untainted": {
			{"use", "parent", SearchWeb, ""},
		},
		"read a file, then search with the gate vouching": {
			{"use", "parent", ReadFile, ""}, {"use vouched", "parent", SearchWeb, ""},
		},
		"read a file and summarize in parallel": {
			{"start", "parent", ReadFile, ""}, {"start", "parent", Summarize, ""}, {"complete all", "parent", "", ""},
		},
		"read the database, then send": {
			{"use", "parent", ReadDB, ""}, {"start", "parent", SendEmail, "2a"},
		},
		"read of the database in flight, then send": {
			{"start", "parent", ReadDB, ""}, {"start", "parent", SendEmail, "2a"},
		},
		"send in flight, then read the database": {
			{"start", "parent", SendEmail, ""}, {"start", "parent", ReadDB, "2b"},
		},
		"child reads and returns unendorsed, parent sends": {
			{"use", "child", ReadDB, ""}, {"return unendorsed", "child", "", ""}, {"start", "parent", SendEmail, "2a"},
		},
		"child reads, parent has a send in flight": {
			{"use", "child", ReadDB, ""}, {"start", "parent", SendEmail, ""}, {"return unendorsed", "child", "", "2b"},
			{"complete all", "parent", "", ""}, {"return unendorsed", "child", "", ""},
		},
		"child without the capability": {
			{"start", "child", Pay, "C1"},
		},
		"export by a clean agent": {
			{"start", "parent", ExportDB, "2c"},
		},
		"read a file, then search with the gate not vouching": {
			{"use", "parent", ReadFile, ""}, {"start", "parent", SearchWeb, "2a"},
		},
		"a sensitive agent remembers": {
			{"use", "parent", ReadDB, ""}, {"start", "parent", Remember, "2a"},
		},
		"after a page, harm is refused though nothing confidential was seen": {
			{"use", "parent", ReadPage, ""}, {"start", "parent", DeleteRepo, "2a"}, {"start", "parent", Pay, "2a"},
			{"use", "parent", SendEmail, ""},
		},
		"before the page, the same calls are allowed": {
			{"use", "parent", DeleteRepo, ""}, {"use", "parent", Pay, ""}, {"use", "parent", ReadPage, ""},
		},
		"a page in flight": {
			{"start", "parent", ReadPage, ""}, {"start", "parent", Pay, "2a"},
		},
		"a payment in flight, then a page": {
			{"start", "parent", Pay, ""}, {"start", "parent", ReadPage, "2b"},
		},
		"query inside when sensitive needs the gate": {
			{"use", "parent", ReadDB, ""}, {"start", "parent", QueryAPI, "2a"}, {"use vouched", "parent", QueryAPI, ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := NewWorld(t, Universe())
			who := map[string]kernel.AgentID{"parent": w.Child(kernel.Root, 100, all...)}
			who["child"] = w.Child(who["parent"], 10, ReadDB, SearchWeb, Summarize)
			for _, s := range story {
				tell(w, who, s)
			}
		})
	}
}

func tell(w *World, who map[string]kernel.AgentID, s step) {
	agent := who[s.who]
	judge := func(in kernel.Input) (kernel.Event, bool) {
		if s.want != "" {
			w.Refused(s.want, in)
			return nil, false
		}
		return w.Must(in), true
	}
	switch s.do {
	case "start":
		judge(w.Call(agent, s.tool))
	case "use", "use vouched":
		if ev, ok := judge(Call(w.Theory, w.State, agent, s.tool, s.do == "use vouched")); ok {
			w.Complete(agent, ev.(kernel.Started).Invocation)
		}
	case "complete all":
		a, _ := w.State.Agents.Get(agent)
		for i := range a.Flights.All() {
			w.Complete(agent, i)
		}
	case "return unendorsed":
		judge(kernel.ReturnUnendorsed{Child: agent, Parent: who["parent"]})
	default:
		panic("no such step: " + s.do)
	}
}

func TestStoryOfTheBoundedReturn(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, SearchWeb, Summarize, SendEmail)
	c := w.Child(p, 12, SearchWeb, Summarize)
	for _, tool := range []kernel.ToolID{SearchWeb, Summarize} {
		i := w.Start(c, tool)
		ev := w.Must(kernel.InvokeComplete{Agent: c, Invocation: i, Outcome: kernel.Success, Conforms: true, Bits: 4}).(kernel.Completed)
		if !ev.Declassified || !ev.Released {
			t.Fatalf("%s: %+v", tool, ev)
		}
	}
	w.Must(kernel.ReturnEndorsed{Child: c, Parent: p, Bits: 4})
	w.Must(kernel.Revoke{Parent: p, Child: c})
	if got, want := w.Exposure(p), exposure(kernel.Public, kernel.Verified); got != want {
		t.Errorf("the parent is %s, want %s", got, want)
	}
	w.Use(p, SendEmail)
}

func TestStoryOfTheParentThatStaysSensitive(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, ReadDB, SendEmail)
	c := w.Child(p, 12, ReadDB)
	w.Use(c, ReadDB)
	w.Must(kernel.ReturnUnendorsed{Child: c, Parent: p})
	w.Must(kernel.Revoke{Parent: p, Child: c})
	if got := w.Exposure(p); got != exposure(kernel.Sensitive, kernel.Verified) {
		t.Errorf("the parent is %s", got)
	}
	w.Refused("2a", w.Call(p, SendEmail))
}

func TestStoryOfTheParentThatGivesWhatItLacks(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, ReadFile)
	c := w.Child(p, 0)
	w.Refused("not_held", kernel.Delegate{By: p, Caps: CapsOf(ReadFile, Pay)})
	w.Refused("not_held", kernel.GrantCapability{Parent: p, Child: c, Capability: kernel.Capability(Pay)})
	w.Refused("bits", kernel.Delegate{By: p, Bits: 101})
	w.Refused("C1", w.Call(c, ReadFile))
	w.Must(kernel.GrantCapability{Parent: p, Child: c, Capability: kernel.Capability(ReadFile)})
	w.Use(c, ReadFile)
}

func TestStoryOfTheRecallThatIsLabelledPublic(t *testing.T) {
	spec := UniverseSpec()
	tool := toolOf(&spec, Recall)
	tool.Label = exposure(kernel.Public, kernel.Untrusted)
	_, problems := kernel.NewTheory(spec)
	if len(problems) != 1 || problems[0].Kind != kernel.StoreOverfull || problems[0].Tool != Recall || problems[0].Writer != Remember {
		t.Errorf("problems: %v", problems)
	}
}

func toolOf(spec *kernel.TheorySpec, id kernel.ToolID) *kernel.ToolSpec {
	for i := range spec.Tools {
		if spec.Tools[i].ID == id {
			return &spec.Tools[i]
		}
	}
	panic("no such tool: " + id)
}
