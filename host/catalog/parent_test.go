package catalog

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"argus/internal/processes"
	"argus/plugin/sdk"
)

// parentMode makes the test binary a daemon with one plugin; its value is a parentSpec.
const parentMode = "ARGUS_TEST_PARENT"

type parentSpec struct {
	PluginDir, RunDir string
	Spec              Spec
}

// beParent runs a catalog, tells the pid of its plugin and waits to be killed.
func beParent() {
	var p parentSpec
	err := json.Unmarshal([]byte(os.Getenv(parentMode)), &p)
	var c *Catalog
	if err == nil {
		c, err = Open(context.Background(), Options{
			PluginDir: p.PluginDir, RunDir: p.RunDir, CheckSettings: func(string, string) error { return nil },
		}, []Spec{p.Spec})
	}
	if err == nil {
		err = c.Ready(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.Status()[0].PID)
	select {}
}

func TestPluginDiesWithAKilledDaemon(t *testing.T) {
	w := newWorld(t)
	value, err := json.Marshal(parentSpec{w.options.PluginDir, w.options.RunDir, w.spec(sdk.KindOracle, "judge")})
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command(self)
	daemon.Env = append(os.Environ(), parentMode+"="+string(value))
	daemon.Stderr = os.Stderr
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || !processes.Lives(pid) {
		daemon.Process.Kill()
		t.Fatalf("the daemon has no plugin: %q", line)
	}
	// The threads of a busy daemon come and go; only its death may take the plugin along.
	time.Sleep(300 * time.Millisecond)
	if !processes.Lives(pid) {
		t.Fatal("the plugin did not outlive its start")
	}
	if err := daemon.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait()
	until(t, 2*time.Second, "the plugin is gone", func() bool { return !processes.Lives(pid) })
}
