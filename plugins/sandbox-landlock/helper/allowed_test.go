//go:build linux

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestServerCanDoWhatItsProfileSays is the control of the whole sandbox: one that stops everything would pass all the attacks.
func TestServerCanDoWhatItsProfileSays(t *testing.T) {
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			w := newWorld(t, u)
			for name, argv := range map[string][]string{
				"read a listed folder":         {"read", w.library + "/file"},
				"list a listed folder":         {"list", w.library},
				"read the system":              {"list", "/usr/lib"},
				"write in scratch":             {"write", w.scratch + "/new"},
				"write to a listed folder":     {"write", w.data + "/new"},
				"truncate there":               {"truncate", w.data + "/file"},
				"append there":                 {"append", w.data + "/file"},
				"make a folder":                {"mkdir", w.scratch + "/folder"},
				"remove":                       {"remove", w.scratch + "/other"},
				"move between folders":         {"rename-inside", w.scratch},
				"move between listed folders":  {"rename", w.data + "/other", w.scratch + "/moved"},
				"run a program of the system":  {"start", built.probe},
				"signal one's own child":       {"signal-child"},
				"a pair of stream sockets":     {"stream-pair"},
				"memory that cannot be run":    {"memfd-sealed"},
				"a few threads":                {"threads", "200"},
				"see how large the machine is": {"read", "/proc/cpuinfo"},
			} {
				if got := w.confined(t, append([]string{built.probe}, argv...)...); got.status != could {
					t.Errorf("%s: %s", name, oneLine(got))
				}
			}
		})
	}
}

// TestServerChangesModesAndTimesWhereItMayWrite looks at the files after: the supervisor must have done what it said.
func TestServerChangesModesAndTimesWhereItMayWrite(t *testing.T) {
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			w := newWorld(t, u)
			file := w.data + "/file"
			for _, argv := range [][]string{
				{"chmod", file}, {"fchmod", file}, {"fchmodat2", file}, {"fchmodat", w.data, "file"},
				{"chmod-relative", w.data, "file"}, {"chmod-link", file, w.scratch},
			} {
				w.must(t, os.Chmod(file, 0o600))
				got := w.confined(t, append([]string{built.probe}, argv...)...)
				if info, err := os.Stat(file); got.status != could || err != nil || info.Mode().Perm() != 0o640 {
					t.Errorf("%v: %s: %v %v", argv, oneLine(got), info.Mode(), err)
				}
			}
			for _, argv := range [][]string{{"utimes", file}, {"futimens", file}} {
				w.must(t, os.Chtimes(file, time.Unix(5, 0), time.Unix(5, 0)))
				got := w.confined(t, append([]string{built.probe}, argv...)...)
				if info, err := os.Stat(file); got.status != could || err != nil || !info.ModTime().Equal(time.Unix(1, 0)) {
					t.Errorf("%v: %s: %v %v", argv, oneLine(got), info.ModTime(), err)
				}
			}
			if got := w.confined(t, built.probe, "utimes-now", file); got.status != could {
				t.Errorf("utimes-now: %s", oneLine(got))
			}
			if info, err := os.Stat(file); err != nil || time.Since(info.ModTime()) > time.Minute {
				t.Errorf("utimes-now: %v %v", info.ModTime(), err)
			}
		})
	}
}

// TestNetworkIsOnlyWhatWasGranted tries both sides of a profile with network.
func TestNetworkIsOnlyWhatWasGranted(t *testing.T) {
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			w := newWorld(t, u)
			w.profile.Network = true
			s := newSurroundings(t, w)
			for _, argv := range [][]string{{"tcp", s.tcp}, {"udp", s.udp}, {"listen"}, {"netlink"}, {"stream-pair"}} {
				if got := w.confined(t, append([]string{built.probe}, argv...)...); got.status != could {
					t.Errorf("%v with network: %s", argv, oneLine(got))
				}
			}
			for _, a := range []attack{
				{"unix socket by path", []string{"unix", s.path}, false},
				{"abstract unix socket", []string{"unix", s.abstract}, false},
				{"aimed pair", []string{"aimed-pair", s.datagram}, false},
				{"multipath TCP", []string{"mptcp", s.tcp}, false},
				{"raw socket", []string{"raw"}, false},
				{"ping socket", []string{"ping"}, false},
				{"packet socket", []string{"packet"}, false},
				{"vsock", []string{"vsock"}, false},
				{"other netlink", []string{"netlink-audit"}, false},
				{"io_uring", []string{"io-uring"}, false},
				{"read an unlisted file", []string{"read", w.outside + "/file"}, false},
			} {
				w.try(t, a)
			}
		})
	}
}

// TestNodeRunsWithoutNetwork runs a program that an ordinary server is made of.
func TestNodeRunsWithoutNetwork(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is not installed: install Node 20, as .ci/run does")
	}
	script, err := os.ReadFile("testdata/server.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			w := newWorld(t, u)
			path := filepath.Join(w.library, "server.js")
			w.file(t, path)
			w.must(t, os.WriteFile(path, script, 0o600))
			tcp := port(t, accept(t, "tcp4", "127.0.0.1:0").Addr())
			got := w.confined(t, node, path, w.scratch, w.outside+"/file", tcp)
			if want := "files ok\nchild ok\nworker ok\noutside EACCES\nconnect EPERM\nlookup failed\n"; got.status != 0 || got.output != want {
				t.Errorf("node inside: %d\n%s", got.status, got.output)
			}
			control := w.free(t, node, path, w.scratch, w.outside+"/file", tcp)
			if !strings.Contains(control.output, "outside open\nconnect open\n") {
				t.Errorf("node outside: %d\n%s", control.status, control.output)
			}
		})
	}
}
