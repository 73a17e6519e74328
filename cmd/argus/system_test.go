package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestDoctorTellsWhatTheSystemLacks(t *testing.T) {
	unable := errors.New("files are executed by name only")
	for name, c := range map[string]struct {
		able    error
		tied    bool
		servers int
		want    []string // state and thing
	}{
		"one that has everything":            {nil, true, 3, nil},
		"no server can run, and one should":  {unable, true, 1, []string{"bad servers"}},
		"no server can run, and none should": {unable, true, 0, []string{"note servers"}},
		"plugins may stay":                   {nil, false, 0, []string{"note plugins"}},
		"neither":                            {unable, false, 2, []string{"bad servers", "note plugins"}},
	} {
		var got []string
		for _, f := range systemFindings(c.able, c.tied, c.servers) {
			got = append(got, f.State+" "+f.What)
			if f.What == "servers" && !strings.Contains(f.Detail, unable.Error()) {
				t.Errorf("%s: it does not say why: %+v", name, f)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
