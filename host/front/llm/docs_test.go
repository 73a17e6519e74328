package llm

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"argus/host/fault"
)

// TestThePageShowsTheTablesOfTheCode: what docs/llm.md says of paths and errors is what is done.
func TestThePageShowsTheTablesOfTheCode(t *testing.T) {
	page, err := os.ReadFile("../../../docs/llm.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, format := range []string{"openai", "anthropic"} {
		vendor, known := VendorOf(format, nil)
		if !known {
			t.Fatalf("there is no format %s", format)
		}
		var passes []string
		for _, p := range vendor.Pass {
			passes = append(passes, fmt.Sprintf("`%s %s`", p.Method, p.Path))
		}
		rows = append(rows, fmt.Sprintf("| %s | %s |", format, strings.Join(passes, ", ")))
		for _, path := range append(slices.Sorted(maps.Keys(vendor.Formats)), slices.Sorted(maps.Keys(vendor.Counts))...) {
			if !strings.Contains(string(page), "`"+path+"`") {
				t.Errorf("docs/llm.md does not tell of %s", path)
			}
		}
	}
	for kind := fault.Bug; kind <= fault.Halted; kind++ {
		if told[kind] == nil {
			t.Fatalf("nothing is told of %v", kind)
		}
	}
	for _, f := range append(slices.Collect(maps.Values(told)), failedReach, failedStall, failedCut) {
		rows = append(rows, fmt.Sprintf("| %d | `%s` | %s |", f.Status, f.Code, f.Message))
	}
	for _, row := range rows {
		if !strings.Contains(string(page), row+"\n") {
			t.Errorf("docs/llm.md lacks the row\n%s", row)
		}
	}
}
