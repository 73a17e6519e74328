package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestReportArrivesWhole(t *testing.T) {
	var wire bytes.Buffer
	if err := Write(&wire, Report{Protections: []Protection{Files, Network}}); err != nil {
		t.Fatal(err)
	}
	r, err := Read(&wire)
	if err != nil || !slices.Equal(r.Protections, []Protection{Files, Network}) {
		t.Fatalf("report = %+v, %v", r, err)
	}
	if missing := r.Missing([]Protection{Network, Signals, Files}); !slices.Equal(missing, []Protection{Signals}) {
		t.Errorf("missing = %v", missing)
	}
}

func TestReportThatDoesNotHoldIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"silence":        "",
		"empty line":     "\n",
		"half a line":    `{"protections":["files"]}`,
		"two lines":      "{}\n{}\n",
		"two values":     "{} {}\n",
		"unknown":        `{"protections":["magic"]}` + "\n",
		"unknown member": `{"protections":["files"],"extra":1}` + "\n",
		"gave up":        `{"protections":["files"],"error":"no landlock"}` + "\n",
		"too long":       `{"protections":["files"],"error":"` + strings.Repeat("x", MaxSize) + `"}` + "\n",
		"null in list":   `{"protections":[null]}` + "\n",
	} {
		if r, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
