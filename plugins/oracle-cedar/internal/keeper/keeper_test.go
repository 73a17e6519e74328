package keeper

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/sdktest"
	"argus/plugins/oracle-cedar/internal/engine"
	"argus/plugins/oracle-cedar/internal/source"
)

const (
	permitAll = `permit (principal, action == Argus::Action::"call", resource);` + "\n"
	forbidAll = "forbid (principal, action, resource);\n"
	mistaken  = permitAll + "\nforbid (principal, action, resource) when { context.agent.depht > 1 };\n"
)

var quick = times{quiet: 5 * time.Millisecond, poll: 20 * time.Millisecond}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	// As an editor does: whole or not at all.
	temporary := filepath.Join(folder, "."+name)
	if err := os.WriteFile(temporary, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temporary, filepath.Join(folder, name)); err != nil {
		t.Fatal(err)
	}
}

func opened(t *testing.T, folder string) *Keeper {
	t.Helper()
	k := open(folder, hclog.NewNullLogger(), quick)
	t.Cleanup(k.Close)
	return k
}

func question(digest string) oracle.Question {
	clean := oracle.Exposure{Level: "public", Integrity: "proven"}
	return oracle.Question{
		Agent:        oracle.Agent{ID: "0.1", Principal: "ann", Exposure: clean, Speculative: clean},
		About:        oracle.Call{Server: "s", Tool: "t", Arguments: oracle.Object{}, Label: clean},
		PolicyDigest: digest,
	}
}

func TestChangeOfTheFolderComesIntoForce(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.cedar", permitAll)
	k := opened(t, folder)
	before, _ := k.Policy()
	if before.Policies != 1 || len(before.Problems) > 0 || !k.Ask(question(before.Digest)).Authorized {
		t.Fatalf("got %+v", before)
	}
	write(t, folder, "b.cedar", forbidAll)
	after := sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return s.Policies == 2 })
	if a := k.Ask(question(after.Digest)); a.Authorized || a.PolicyDigest != after.Digest {
		t.Errorf("got %+v", a)
	}
	if err := os.Remove(filepath.Join(folder, "b.cedar")); err != nil {
		t.Fatal(err)
	}
	sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return s.Digest == before.Digest })
}

func TestChangeIsSeenWithoutPolling(t *testing.T) {
	folder := t.TempDir()
	k := open(folder, hclog.NewNullLogger(), times{quiet: quick.quiet, poll: time.Hour})
	defer k.Close()
	write(t, folder, "a.cedar", permitAll)
	sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return s.Policies == 1 })
}

func TestChangeIsSeenByPollingAlone(t *testing.T) {
	folder := t.TempDir()
	k := start(folder, hclog.NewNullLogger(), quick, watch{folder: folder})
	defer k.Close()
	write(t, folder, "a.cedar", permitAll)
	sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return s.Policies == 1 })
}

// TestFolderThatChangesWhileItIsReadIsReadAgain: half of a change could lack the forbid that goes with a permit.
func TestFolderThatChangesWhileItIsReadIsReadAgain(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.cedar", permitAll)
	k := &Keeper{folder: folder, logger: hclog.NewNullLogger(), now: time.Now, look: source.Stamp}
	k.load()
	before, _ := k.Policy()
	looks := 0
	k.look = func(string) string { looks++; return fmt.Sprint(looks) }
	write(t, folder, "a.cedar", permitAll+forbidAll)
	if k.load() {
		t.Error("taken although it changed")
	}
	if state, _ := k.Policy(); state.Digest != before.Digest || !k.Ask(question(before.Digest)).Authorized {
		t.Errorf("got %+v", state)
	}
	k.look = source.Stamp
	if !k.load() || k.Ask(question("")).Authorized {
		t.Error("not taken once it had settled")
	}
}

func TestMistakenFolderLeavesTheOldOneInForceAndSaysSo(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.cedar", permitAll)
	k := opened(t, folder)
	before, _ := k.Policy()
	write(t, folder, "a.cedar", mistaken)
	state := sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return len(s.Problems) > 0 })
	p := state.Problems[0]
	if state.Digest != before.Digest || p.File != filepath.Join(folder, "a.cedar") || p.Line != 3 || !strings.Contains(p.Fix, "depth") {
		t.Errorf("got %+v", state)
	}
	if a := k.Ask(question(state.Digest)); !a.Authorized || a.PolicyDigest != before.Digest {
		t.Errorf("got %+v", a)
	}
	write(t, folder, "a.cedar", permitAll)
	sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return len(s.Problems) == 0 && s.Digest == before.Digest })
}

func TestMistakenFolderAtTheStartRefusesUntilMended(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.cedar", mistaken)
	k := opened(t, folder)
	state, _ := k.Policy()
	if state.Digest != "" || len(state.Problems) != 1 {
		t.Errorf("got %+v", state)
	}
	if a := k.Ask(question("")); a.Authorized || a.EvaluationError == "" {
		t.Errorf("got %+v", a)
	}
	write(t, folder, "a.cedar", permitAll)
	state = sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return s.Digest != "" })
	if !k.Ask(question(state.Digest)).Authorized {
		t.Error("still refused")
	}
}

func TestEmptyFolderRefusesEverythingAndSaysSo(t *testing.T) {
	folder := t.TempDir()
	k := opened(t, folder)
	state, _ := k.Policy()
	if state.Digest == "" || len(state.Problems) != 1 || !strings.Contains(state.Problems[0].Message, "every call is refused") {
		t.Errorf("got %+v", state)
	}
	if a := k.Ask(question(state.Digest)); a.Authorized || a.EvaluationError != "" {
		t.Errorf("got %+v", a)
	}
}

func TestMissingFolderIsFoundOnceItIsThere(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "policies")
	k := opened(t, folder)
	if state, _ := k.Policy(); state.Digest != "" || len(state.Problems) != 1 || !strings.Contains(state.Problems[0].Fix, "settings") {
		t.Errorf("got %+v", state)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, folder, "a.cedar", permitAll)
	sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return s.Policies == 1 })
}

func TestReplacedFolderIsFollowed(t *testing.T) {
	parent := t.TempDir()
	folder, next := filepath.Join(parent, "policies"), filepath.Join(parent, "next")
	for _, f := range []string{folder, next} {
		if err := os.Mkdir(f, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, folder, "a.cedar", permitAll)
	write(t, next, "a.cedar", forbidAll+permitAll)
	k := opened(t, folder)
	if err := os.Rename(folder, filepath.Join(parent, "old")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, folder); err != nil {
		t.Fatal(err)
	}
	sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return s.Policies == 2 })
	write(t, folder, "b.cedar", permitAll)
	sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return s.Policies == 3 })
}

func TestFormerPolicyIsAnsweredByForAMomentOnly(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.cedar", permitAll)
	k := &Keeper{folder: folder, logger: hclog.NewNullLogger(), now: time.Now, look: source.Stamp}
	at := time.Unix(1_000_000, 0)
	k.now = func() time.Time { return at }
	k.load()
	former, _ := k.Policy()
	write(t, folder, "a.cedar", forbidAll)
	k.load()
	present, _ := k.Policy()
	if a := k.Ask(question(former.Digest)); !a.Authorized || a.PolicyDigest != former.Digest {
		t.Errorf("got %+v", a)
	}
	for _, digest := range []string{present.Digest, "sha256:other", ""} {
		if a := k.Ask(question(digest)); a.Authorized || a.PolicyDigest != present.Digest {
			t.Errorf("%q: got %+v", digest, a)
		}
	}
	at = at.Add(grace)
	if a := k.Ask(question(former.Digest)); a.Authorized || a.PolicyDigest != present.Digest {
		t.Errorf("after the grace: got %+v", a)
	}
}

// TestEveryAnswerIsRightForTheDigestItNames asks from several goroutines while the folder alternates.
func TestEveryAnswerIsRightForTheDigestItNames(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.cedar", permitAll)
	k := opened(t, folder)
	right := map[string]bool{} // digest to what it authorizes
	for text, authorizes := range map[string]bool{permitAll: true, permitAll + forbidAll: false} {
		right[source.Digest(engine.Version, []source.File{{Name: "a.cedar", Content: []byte(text)}})] = authorizes
	}
	stop := make(chan struct{})
	var asking sync.WaitGroup
	var asked [2]atomic.Int64
	for range 4 {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				held, _ := k.Policy()
				a := k.Ask(question(held.Digest))
				authorizes, known := right[a.PolicyDigest]
				if !known || a.Authorized != authorizes || a.EvaluationError != "" {
					t.Errorf("got %+v", a)
					return
				}
				if authorizes {
					asked[1].Add(1)
				} else {
					asked[0].Add(1)
				}
			}
		})
	}
	for i := range 20 {
		text := permitAll
		if i%2 == 0 {
			text += forbidAll
		}
		write(t, folder, "a.cedar", text)
		sdktest.Await(t, k.Policy, func(s oracle.PolicyState) bool { return s.Policies == strings.Count(text, "\n") })
	}
	close(stop)
	asking.Wait()
	if asked[0].Load() == 0 || asked[1].Load() == 0 {
		t.Errorf("one of the policies was never asked: %d, %d", asked[0].Load(), asked[1].Load())
	}
}

func TestProblemIsLoggedOnce(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.cedar", mistaken)
	var log bytes.Buffer
	k := &Keeper{folder: folder, logger: hclog.New(&hclog.LoggerOptions{Output: &log}), now: time.Now, look: source.Stamp}
	for range 3 {
		k.load()
	}
	if n := strings.Count(log.String(), "depht"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	if !strings.Contains(log.String(), fmt.Sprint("line=", 3)) {
		t.Errorf("no line: %s", log.String())
	}
}
