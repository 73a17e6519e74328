package real

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"argus/test/daemon"
)

var update = flag.Bool("update", false, "write the digests of the locked versions into examples/registry")

var (
	programs daemon.Programs
	node     string
)

func TestMain(m *testing.M) {
	daemon.Main(m, &programs, func() (err error) {
		if node, err = findNode(); err != nil {
			return err
		}
		if err := os.Setenv("PATH", filepath.Dir(node)+":"+os.Getenv("PATH")); err != nil { // for what is configured as node
			return err
		}
		return install()
	})
}

// findNode finds the machine's Node, or brings one here where that is too old.
func findNode() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	said, err := exec.CommandContext(ctx, "sh", "../node.sh", "20").Output()
	if err != nil {
		var why *exec.ExitError
		if errors.As(err, &why) {
			err = fmt.Errorf("%w\n%s", err, why.Stderr)
		}
		return "", fmt.Errorf("the servers, clients and one oracle are programs for Node: install Node 20 with npm, as .ci/run does: %w", err)
	}
	return filepath.EvalSymlinks(filepath.Join(strings.TrimSpace(string(said)), "node"))
}

// install brings the locked packages here.
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
