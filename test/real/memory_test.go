package real

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func remembers(t *testing.T, w *world) {
	a := w.agent(t, "historian")
	a.call("memory__create_entities", object{"entities": []object{
		{"name": "Argus", "entityType": "giant", "observations": []string{"has a hundred eyes"}},
		{"name": "Io", "entityType": "priestess", "observations": []string{}},
	}})
	a.call("memory__create_relations", object{"relations": []object{{"from": "Argus", "to": "Io", "relationType": "watches"}}})

	other := w.agent(t, "reader")
	var graph struct {
		Entities  []struct{ Name string }
		Relations []struct{ From, RelationType, To string }
	}
	structured := other.call("memory__read_graph", nil).StructuredContent
	if err := json.Unmarshal(structured, &graph); err != nil || len(graph.Entities) != 2 || len(graph.Relations) != 1 {
		t.Fatalf("another agent reads %s, %v", structured, err)
	}
	if got := other.call("memory__search_nodes", object{"query": "hundred"}).text(); !strings.Contains(got, "Argus") {
		t.Errorf("search_nodes: %s", got)
	}
	if text, err := os.ReadFile(w.Path("state/scratch/memory/graph.jsonl")); err != nil || !strings.Contains(string(text), "a hundred eyes") {
		t.Errorf("its file holds %q, %v", text, err)
	}
	// What cannot be undone is not for agents that have read what anybody may have written.
	if r := other.try("memory__delete_entities", object{"entityNames": []string{"Argus"}}); !strings.Contains(r.text(), "Argus refused this call") {
		t.Errorf("delete_entities after reading: %s", r.text())
	}
	w.Fresh(t, "reader")
	other.call("memory__delete_entities", object{"entityNames": []string{"Io"}})
}
