package policies_test

import (
	"io/fs"
	"testing"

	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/engine"
	"argus/plugins/oracle-cedar/internal/source"
	"argus/plugins/oracle-cedar/policies"
)

func shipped(t *testing.T) *engine.Engine {
	t.Helper()
	names, err := fs.Glob(policies.Default(), "*.cedar")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	var files []source.File
	for _, name := range names {
		content, err := fs.ReadFile(policies.Default(), name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, source.File{Name: name, Content: content})
	}
	e, problems := engine.Compile(files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return e
}

func search(tool string, arguments ...oracle.Member) oracle.Question {
	internal := oracle.Exposure{Level: "internal", Integrity: "verified"}
	return oracle.Question{
		Agent: oracle.Agent{ID: "0.1", Principal: "ann", Exposure: internal, Speculative: internal},
		About: oracle.Call{
			Server: "web", Tool: tool, Arguments: oracle.Object(arguments),
			Label: oracle.Exposure{Level: "public", Integrity: "verified"}, Sinks: []string{"network_external"},
		},
		Inspect: true,
	}
}

func text(name, value string) oracle.Member {
	return oracle.Member{Name: name, Value: oracle.Text(value)}
}

func TestShippedPoliciesPermitEveryCallAndEgress(t *testing.T) {
	q := search("anything", text("x", "y"))
	if a := shipped(t).Ask(q); !a.Authorized || a.Vouched {
		t.Errorf("got %+v", a)
	}
	q.About = oracle.Egress{Sink: "llm_provider"}
	if a := shipped(t).Ask(q); !a.Authorized || a.Vouched {
		t.Errorf("got %+v", a)
	}
}

func TestShippedGateVouchesForStandardLookUpsOnly(t *testing.T) {
	e := shipped(t)
	for _, tool := range []string{"search-web", "search_web"} {
		for _, query := range []string{"weather today", "exchange rates", "public holidays"} {
			if a := e.Ask(search(tool, text("query", query))); !a.Authorized || !a.Vouched {
				t.Errorf("%s %q: %+v", tool, query, a)
			}
		}
	}
	for name, q := range map[string]oracle.Question{
		"free text":                      search("search-web", text("query", "my diary says")),
		"free text behind a look-up":     search("search-web", text("query", "weather today my diary says")),
		"other case":                     search("search-web", text("query", "Weather today")),
		"another tool":                   search("send-web", text("query", "weather today")),
		"no query":                       search("search-web"),
		"free text beside the query":     search("search-web", text("query", "weather today"), text("region", "my diary says")),
		"a second query that folds case": search("search-web", text("query", "weather today"), text("Query", "my diary says")),
		"a query in a list":              search("search-web", oracle.Member{Name: "query", Value: oracle.List{oracle.Text("weather today")}}),
	} {
		if a := e.Ask(q); a.Vouched {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestShippedPoliciesReadNothingThatChanges(t *testing.T) {
	if a := shipped(t).Ask(search("search-web", text("query", "weather today"))); len(a.Read) > 0 {
		t.Errorf("read %v", a.Read)
	}
}
