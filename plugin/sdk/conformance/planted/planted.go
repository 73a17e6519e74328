// Package planted holds a kit to telling its requirements apart: each is failed by a plugin with one planted defect, which fails no other. A
// requirement that no defect fails alone would either be tried by nothing, or say what another says.
//
// It is for the tests of kits, and trusts the plugins there.
package planted

import (
	"slices"
	"strings"
	"testing"

	"argus/plugin/sdk/conformance"
)

// Own is what kit has beside the requirements of every plugin. Those are tried once, on a process, by the tests of package host.
func Own(kit conformance.Kit) conformance.Kit {
	common := ids(conformance.Common(nil))
	return slices.DeleteFunc(slices.Clone(kit), func(c conformance.Check) bool { return slices.Contains(common, c.ID) })
}

// Each plays every defect in a subtest of its own. The name of a defect is the id of the requirement that it breaks; where one requirement can be
// broken in several ways, words follow that tell which. Every requirement must have a defect.
func Each(t *testing.T, requirements conformance.Kit, defects []string, play func(t *testing.T, defect string) []conformance.Result) {
	t.Helper()
	var broken []string
	for _, defect := range defects {
		broken = append(broken, id(defect))
	}
	slices.Sort(broken)
	wanted := slices.Sorted(slices.Values(ids(requirements)))
	if got := slices.Compact(broken); !slices.Equal(got, wanted) {
		t.Errorf("there are defects that break %v, and requirements %v", got, wanted)
	}
	for _, defect := range defects {
		t.Run(defect, func(t *testing.T) {
			t.Parallel() // some wait for what never comes
			if got := Outcomes(play(t, defect))[conformance.Fail]; !slices.Equal(got, []string{id(defect)}) {
				t.Errorf("%v failed", got)
			}
		})
	}
}

func id(defect string) string {
	id, _, _ := strings.Cut(defect, " ")
	return id
}

func ids(kit conformance.Kit) []string {
	var all []string
	for _, c := range kit {
		all = append(all, c.ID)
	}
	return all
}

// Outcomes are the ids by what came of them.
func Outcomes(results []conformance.Result) map[conformance.Outcome][]string {
	by := map[conformance.Outcome][]string{}
	for _, r := range results {
		by[r.Outcome] = append(by[r.Outcome], r.ID)
	}
	return by
}
