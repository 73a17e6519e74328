package conformance_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/auditkit"
	"argus/plugin/sdk/conformance/oraclekit"
	"argus/plugin/sdk/conformance/registrykit"
	"argus/plugin/sdk/conformance/sandboxkit"
)

// TestTheGuideListsWhatTheKitsTry holds ids and texts of docs/plugin-author.md to those of the kits, in their order.
func TestTheGuideListsWhatTheKitsTry(t *testing.T) {
	var tried []string
	for _, kit := range []conformance.Kit{oraclekit.Kit(), sandboxkit.Kit(), registrykit.Kit(), auditkit.Kit()} {
		for _, c := range kit {
			if row := c.ID + " " + c.Text; !slices.Contains(tried, row) {
				tried = append(tried, row)
			}
		}
	}
	guide, err := os.ReadFile("../../../docs/plugin-author.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range regexp.MustCompile(`(?m)^\| ([A-Z]+-[0-9]+) \| (.*) \|$`).FindAllStringSubmatch(string(guide), -1) {
		listed = append(listed, row[1]+" "+row[2])
	}
	if !slices.Equal(listed, tried) {
		t.Errorf("the guide lists\n%q\nthe kits try\n%q", listed, tried)
	}
}
