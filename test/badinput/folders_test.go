package badinput

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"argus/test/daemon"
)

// mistakes breaks the folders that the plugins watch.
func mistakes(t *testing.T, w *world) {
	s := w.agent(t, "constant")
	for file, broken := range map[string]string{
		"policies/badinput.cedar": "permit (principal, action resource);",
		"policies/other.cedar":    `permit (principal, action == Argus::Action::"cal", resource);`,
		"registry/stub.toml":      strings.Replace(w.Read(t, "registry/stub.toml"), `level = "sensitive"`, `level = "sensitiv"`, 1),
		"registry/flow.toml":      w.Read(t, "registry/flow.toml") + "\n[flow.network_external]\npublic = \"allow\"\n",
	} {
		right, err := os.ReadFile(w.Path(file))
		w.Write(t, file, broken)
		var told string
		daemon.Until(t, "the mistake is told", func() bool {
			told = strings.Join(w.Status(t).Problems, "; ")
			return told != ""
		})
		if !regexp.MustCompile(regexp.QuoteMeta(filepath.Base(file)) + `:\d+`).MatchString(told) {
			t.Errorf("%s: %s", file, told)
		}
		say(t, "a mistake in "+file, told)
		verdicts(t, s, "stub__pay", []verdict{{"  the policy before it still refuses", `{"to":"x","amount":1001}`, false}})
		if got := s.call("stub__post-slack", `{"channel":"c","text":"t"}`); got.failed() {
			t.Errorf("%s: %v", file, got)
		}
		if err != nil {
			err = os.Remove(w.Path(file))
		} else {
			w.Write(t, file, string(right))
		}
		if err != nil {
			t.Fatal(err)
		}
		daemon.Until(t, "nothing is wrong any more", func() bool { return len(w.Status(t).Problems) == 0 })
	}
}
