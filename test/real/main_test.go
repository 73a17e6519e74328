package real

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"argus/test/daemon"
)

var update = flag.Bool("update", false, "write the digests of the locked versions into examples/registry")

var (
	programs daemon.Programs
	missing  error // what these tests need and the machine has not
	node     string
)

func TestMain(m *testing.M) {
	flag.Parse()
	folder, err := os.MkdirTemp("", "real")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if node, missing = findNode(); missing == nil {
		if err = install(); err == nil {
			programs, err = daemon.Build(folder)
		}
	}
	code := 1
	if err == nil {
		code = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, err)
	}
	os.RemoveAll(folder)
	os.Exit(code)
}

func findNode() (string, error) {
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = exec.LookPath("npm")
	}
	if err != nil {
		return "", fmt.Errorf("the servers and the agent are programs for Node: %w", err)
	}
	return filepath.EvalSymlinks(node)
}

// install brings the locked packages here. With Node there is no excuse to leave these tests out.
func install() error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if said, err := exec.CommandContext(ctx, "../npm.sh", ".").CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("npm could not install the locked packages: %w\n%s", err, said), ctx.Err())
	}
	return nil
}

// TestRealParts runs everything against one daemon: three servers take a second to start.
func TestRealParts(t *testing.T) {
	if missing != nil {
		t.Skip("SKIPPED, nothing was tested with real servers:", missing)
	}
	w := newWorld(t)
	for _, c := range []struct {
		promise string
		test    func(*testing.T, *world)
	}{
		{"ShippedDigestsAreThoseOfTheLockedVersions", shippedDigests},
		{"AgentOnTheOfficialSDKIsServed", officialSDK},
		{"ClientThatOnlyStartsCommandsIsServed", onlyCommands},
		{"FilesystemServerWorksInItsFolder", worksInItsFolder},
		{"FilesystemServerReachesNothingElse", reachesNothingElse},
		{"SandboxHoldsWhereTheServerChecksNothing", sandboxAlone},
		{"MemoryServerRemembers", remembers},
		{"EverythingServerShowsItsFeatures", everything},
		{"ResourcesAndPromptsComeThroughDeclaredChannels", channels},
		{"ServerWithoutNetworkReachesNobody", noNetwork},
		{"CancelledCallIsSettledAndItsServerGoesOn", cancelled},
		{"ClientsThatPeopleHaveAreServedInBothEras", clients},
		{"InternalFileCannotLeaveUntilAFreshContext", cannotLeave},
		{"ChangedAndUnknownDefinitionsAreQuarantined", quarantined},
	} {
		t.Run(c.promise, func(t *testing.T) { c.test(t, w) })
	}
}
