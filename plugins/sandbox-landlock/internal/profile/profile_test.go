package profile

import (
	"slices"
	"strings"
	"testing"

	"argus/plugin/sdk/sandbox/report"
)

func TestProfileArrivesAsItWasSent(t *testing.T) {
	sent := Profile{Read: []string{"/usr/share"}, Write: []string{"/home/a b"}, Scratch: "/srv/\"x\"", Network: true, MaxProcesses: 3, MaxMemory: 1 << 40}
	text, err := sent.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(text)
	if err != nil || !slices.Equal(got.Read, sent.Read) || !slices.Equal(got.Write, sent.Write) || got.Scratch != sent.Scratch ||
		!got.Network || got.MaxProcesses != 3 || got.MaxMemory != 1<<40 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestMalformedProfileIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "{}", "null", "[]", `{"scratch":"/s"} {}`, `{"scratch":"/s","unknown":1}`, `{"scratch":"s"}`, `{"scratch":"/"}`,
		`{"scratch":"/s/../t"}`, `{"scratch":"/s/"}`, `{"scratch":"/s","read":["/"]}`, `{"scratch":"/s","read":[""]}`,
		`{"scratch":"/s","write":["/proc/sys"]}`, `{"scratch":"/sys"}`, `{"scratch":"/a\u0000b"}`,
		`{"scratch":"/s","max_processes":1000000}`, `{"scratch":"/s","max_processes":-1}`,
		`{"scratch":"/` + strings.Repeat("x", maxPath) + `"}`, `{"scratch":"/s` + strings.Repeat(" ", maxEncoded) + `"}`,
	} {
		if _, err := Decode(text); err == nil {
			t.Errorf("taken: %.60s", text)
		}
	}
	if _, err := Decode(`{"scratch":"/s"}`); err != nil {
		t.Error("control:", err)
	}
}

func TestNetworkIsPromisedOnlyWithout(t *testing.T) {
	if !slices.Equal(Profile{}.Promised(), report.All()) {
		t.Error("a profile without network is not promised everything")
	}
	if p := (Profile{Network: true}).Promised(); slices.Contains(p, report.Network) || len(p) != len(report.All())-1 {
		t.Errorf("with network: %v", p)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"scratch":"/s","read":["/usr"],"network":true}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Decode(text)
		if err != nil {
			return
		}
		if again, err := p.Encode(); err != nil && len(text) < maxEncoded/8 {
			t.Errorf("taken but not sent: %v: %s", err, again)
		}
	})
}
