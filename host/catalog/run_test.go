package catalog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"argus/host/fault"
	"argus/internal/processes"
	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/registry"
	"argus/plugin/sdk/sandbox"
)

func TestPluginsOfEveryKindAnswer(t *testing.T) {
	w := newWorld(t)
	c := w.run(w.spec(sdk.KindOracle, "judge"), w.spec(sdk.KindSandbox, "sandbox"), w.spec(sdk.KindRegistry, "registry"))
	if answer := ask(t, c, "anything"); !answer.Authorized || !answer.Vouched {
		t.Errorf("answer = %+v", answer)
	}
	profile := sandbox.Profile{Scratch: "/scratch"}
	request := sandbox.Request{Server: "s", Command: "/bin/true", Folder: "/", Profile: profile}
	if _, err := c.Sandbox().Plan(t.Context(), request, nil); err != nil {
		t.Error(err)
	}
	until(t, 2*time.Second, "the registry's content arrives", func() bool {
		content, _ := c.Registry().Content()
		return content.Usable()
	})
	pin := registry.PinRequest{Server: "s", Tools: []registry.PinTool{{Name: "t", Digest: "sha256:" + strings.Repeat("0", 64)}}}
	if _, err := c.Registry().Pin(t.Context(), pin); err != nil {
		t.Error(err)
	}
	for _, s := range c.Status() {
		if s.State != Running || s.PID == 0 || s.Version != "1.0" || s.Restarts != 0 {
			t.Errorf("status = %+v", s)
		}
	}
}

func TestFacadeIsThereWithoutItsPlugin(t *testing.T) {
	c := newWorld(t).run()
	_, err := c.Oracle().Ask(t.Context(), question("x"))
	if fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("err = %v", err)
	}
	if _, err := c.Sandbox().Survey(t.Context()); !errors.Is(err, fault.Unavailable) {
		t.Fatalf("err = %v", err)
	}
}

func TestSettingsReachThePlugin(t *testing.T) {
	w := newWorld(t)
	got := ask(t, w.oracle("judge"), "settings").Reasons
	if want := []string{greeting, w.options.PluginDir, w.options.PluginDir}; !slices.Equal(got, want) {
		t.Fatalf("the plugin got %q, want %q", got, want)
	}
}

func TestSettingsAreCheckedBeforeThePluginSeesThem(t *testing.T) {
	w := newWorld(t)
	w.options.CheckSettings = func(schema, settings string) error {
		if settings != greeting || !strings.Contains(schema, "additionalProperties") {
			t.Errorf("checked %q by %q", settings, schema)
		}
		return errors.New("unknown key")
	}
	err := w.open(w.spec(sdk.KindOracle, "judge")).Ready(t.Context())
	if err == nil || !strings.Contains(err.Error(), "unknown key") {
		t.Fatalf("err = %v", err)
	}
}

func TestProblemsWithSettingsAreTold(t *testing.T) {
	w := newWorld(t)
	spec := w.spec(sdk.KindOracle, "judge")
	spec.Settings = `{"greeting": "rude"}`
	err := w.open(spec).Ready(t.Context())
	if err == nil || !strings.Contains(err.Error(), "argus.toml:7: the greeting is rude") {
		t.Fatalf("err = %v", err)
	}
}

func TestPluginOfAnotherKindIsRefused(t *testing.T) {
	w := newWorld(t)
	err := w.open(w.spec(sdk.KindOracle, "sandbox")).Ready(t.Context())
	if err == nil || !strings.Contains(err.Error(), "kind") {
		t.Fatalf("err = %v", err)
	}
}

func TestNothingIsInherited(t *testing.T) {
	t.Setenv("ARGUS_CANARY", "do not tell")
	stdin := os.Stdin
	secret, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	feed.WriteString("typed by a person")
	feed.Close()
	os.Stdin = secret
	defer func() { os.Stdin = stdin }()
	// A descriptor as a shell or a service manager hands it down.
	inherited, err := syscall.Dup(int(secret.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited)
	pipe, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", inherited))
	if err != nil {
		t.Fatal(err)
	}

	c := newWorld(t).oracle("judge")
	environment := ask(t, c, "environment").Reasons
	for _, v := range environment {
		name, _, _ := strings.Cut(v, "=")
		if name != "ARGUS_PLUGIN" && !strings.HasPrefix(name, "PLUGIN_") {
			t.Errorf("the plugin has %s in its environment", name)
		}
	}
	if len(environment) == 0 {
		t.Error("the plugin told no environment at all")
	}
	if got := ask(t, c, "stdin").Reasons; !slices.Equal(got, []string{"0 bytes, <nil>"}) {
		t.Errorf("stdin gave %q", got)
	}
	descriptors := ask(t, c, "descriptors").Reasons
	if len(descriptors) < 3 {
		t.Errorf("the plugin told of the descriptors %q only", descriptors)
	}
	for _, d := range descriptors {
		if strings.Contains(d, pipe) {
			t.Errorf("the plugin has a descriptor of ours: %s", d)
		}
	}
}

func TestStoppedPluginIsRestarted(t *testing.T) {
	c := newWorld(t).oracle("judge")
	before := c.Status()[0].PID
	if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	answersAgain(t, c)
	after := c.Status()[0]
	if after.PID == before || after.Restarts != 1 || !strings.Contains(after.LastError, "killed") {
		t.Fatalf("status = %+v", after)
	}
}

// answersAgain waits until the same facade answers; until then its error is Unavailable and nothing else.
func answersAgain(t *testing.T, c *Catalog) {
	t.Helper()
	until(t, 10*time.Second, "the facade answers again", func() bool {
		_, err := c.Oracle().Ask(t.Context(), question("anything"))
		if err != nil && fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("while down: %v", err)
		}
		return err == nil && c.Status()[0].Restarts > 0
	})
}

func TestDeathInMidQuestionIsUnavailable(t *testing.T) {
	c := newWorld(t).oracle("judge")
	waiting := make(chan error, 1)
	go func() {
		_, err := c.Oracle().Ask(context.Background(), question("wait"))
		waiting <- err
	}()
	begun := time.Now()
	_, err := c.Oracle().Ask(t.Context(), question("die"))
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("the question that killed it: %v", err)
	}
	if err := <-waiting; fault.KindOf(err) != fault.Unavailable {
		t.Errorf("the question beside it: %v", err)
	}
	if took := time.Since(begun); took > oracle.AskTimeout/2 {
		t.Errorf("they waited %s for a dead plugin", took)
	}
	answersAgain(t, c)
}

func TestCloseTakesTheWholeGroupWithinTwoSeconds(t *testing.T) {
	c := newWorld(t).oracle("judge")
	pid := c.Status()[0].PID
	child, err := strconv.Atoi(ask(t, c, "child").Reasons[0])
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	c.Close()
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("close took %s", took)
	}
	until(t, time.Second, "the plugin and its child are gone", func() bool { return !processes.Lives(pid) && !processes.Lives(child) })
	if _, err := c.Oracle().Ask(t.Context(), question("x")); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a closed facade says %v", err)
	}
	if s := c.Status()[0]; s.State != Stopped || s.PID != 0 {
		t.Errorf("status = %+v", s)
	}
}

func TestStoppedProcessDoesNotHoldUpClose(t *testing.T) {
	c := newWorld(t).oracle("judge")
	pid := c.Status()[0].PID
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	c.Close()
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("close took %s", took)
	}
	if processes.Lives(pid) {
		t.Error("the stopped plugin lives")
	}
}

func TestGroupDiesWithItsPlugin(t *testing.T) {
	c := newWorld(t).oracle("judge")
	child, err := strconv.Atoi(ask(t, c, "child").Reasons[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Oracle().Ask(t.Context(), question("die")); err == nil {
		t.Fatal("a dying plugin answered")
	}
	until(t, 2*time.Second, "the child of the dead plugin is gone", func() bool { return !processes.Lives(child) })
}

func TestChildThatHoldsTheOutputDoesNotHideADeath(t *testing.T) {
	c := newWorld(t).oracle("judge")
	ask(t, c, "deaf")
	begun := time.Now()
	if _, err := c.Oracle().Ask(t.Context(), question("die")); err == nil {
		t.Fatal("a dying plugin answered")
	}
	answersAgain(t, c)
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("the restart took %s", took)
	}
}

func TestPluginThatLivesWithoutAnsweringIsRestarted(t *testing.T) {
	w := newWorld(t)
	w.options.HealthInterval = 50 * time.Millisecond
	w.options.healthTimeout = 200 * time.Millisecond
	c := w.oracle("judge")
	pid := c.Status()[0].PID
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	until(t, 10*time.Second, "another process runs", func() bool {
		s := c.Status()[0]
		return s.State == Running && s.PID != pid
	})
	if processes.Lives(pid) {
		t.Error("the silent plugin lives")
	}
	if last := c.Status()[0].LastError; !strings.Contains(last, "does not answer") {
		t.Errorf("last error = %q", last)
	}
}

func TestOracleThatLeavesQuestionsUnansweredIsRestarted(t *testing.T) {
	t.Parallel() // it waits for questions to use up their time
	w := newWorld(t)
	w.options.HealthInterval = 50 * time.Millisecond
	c := w.oracle("judge")
	var askers sync.WaitGroup
	for range 40 { // more than the SDK answers at once
		askers.Go(func() {
			// The last of them may see the restart.
			if _, err := c.Oracle().Ask(t.Context(), question("stall")); err == nil {
				t.Error("a stalled question was answered")
			}
		})
	}
	askers.Wait()
	until(t, 5*time.Second, "it runs again", func() bool { return c.Status()[0].Restarts > 0 && c.Status()[0].State == Running })
	time.Sleep(4 * w.options.HealthInterval) // a restart that nobody has asked yet must not count as stuck
	answersAgain(t, c)
	if n := c.Status()[0].Restarts; n != 1 {
		t.Errorf("%d restarts", n)
	}
	if last := c.Status()[0].LastError; !strings.Contains(last, "unanswered") {
		t.Errorf("last error = %q", last)
	}
}
