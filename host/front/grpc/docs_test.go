package grpc

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"argus/host/fault"
)

// TestThePageShowsTheTablesOfTheCode: what docs/grpc.md says of statuses is what is sent.
func TestThePageShowsTheTablesOfTheCode(t *testing.T) {
	page, err := os.ReadFile("../../../docs/grpc.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, c := range []struct {
		code codes.Code
		name string
	}{{codes.NotFound, "NOT_FOUND"}, {codes.FailedPrecondition, "FAILED_PRECONDITION"}} {
		var rules []string
		for _, rule := range slices.Sorted(maps.Keys(codeOfRule)) {
			if codeOfRule[rule] == c.code {
				rules = append(rules, "`"+rule+"`")
			}
		}
		rows = append(rows, fmt.Sprintf("| %s | %s |", c.name, strings.Join(rules, ", ")))
	}
	names := map[codes.Code]string{
		codes.InvalidArgument: "INVALID_ARGUMENT", codes.Unavailable: "UNAVAILABLE", codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.Internal: "INTERNAL",
	}
	for kind := fault.Bug; kind <= fault.Halted; kind++ {
		said := faults[kind]
		rows = append(rows, fmt.Sprintf("| %s | `%s` | %s |", names[said.code], said.kind, said.text))
	}
	for _, row := range rows {
		if !strings.Contains(string(page), row+"\n") {
			t.Errorf("docs/grpc.md lacks the row\n%s", row)
		}
	}
}
