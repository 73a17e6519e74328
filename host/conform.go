package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/catalog"
	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/auditkit"
	"argus/plugin/sdk/conformance/oraclekit"
	"argus/plugin/sdk/conformance/registrykit"
	"argus/plugin/sdk/conformance/sandboxkit"
	"argus/plugin/sdk/conformance/sandboxkit/probe"
)

// Candidate is a plugin that is to be held to the requirements of its kind.
type Candidate struct {
	Kind         string
	Binary       string // path of its file, which is taken as it is
	Settings     string // a JSON object; empty stands for {}
	ConfigFolder string // where relative paths among the settings start; empty: the binary's folder
	// Change changes what the plugin decides by. nil: whether it tells of changes is not tried.
	Change func(context.Context) error
	Probe  []string     // a program and its first arguments that becomes RunProbe; nil: nothing is run inside a sandbox
	Logger hclog.Logger // of the plugin; nil drops it
}

// Finding is what came of one requirement.
type Finding = conformance.Result

// Failed is the Outcome of one that does not hold.
const Failed = string(conformance.Fail)

var kits = map[sdk.Kind]func() conformance.Kit{
	sdk.KindOracle: oraclekit.Kit, sdk.KindSandbox: sandboxkit.Kit, sdk.KindRegistry: registrykit.Kit, sdk.KindAudit: auditkit.Kit,
}

// TestedKinds are the kinds that have requirements.
func TestedKinds() []string {
	var names []string
	for kind := range kits {
		names = append(names, kind.String())
	}
	slices.Sort(names)
	return names
}

// Conform launches c as the daemon would, once for each requirement, and tells what came of each. It reports whether none failed. An
// error says that nothing could be tried.
func Conform(ctx context.Context, c Candidate, told func(Finding)) (holds bool, err error) {
	kind, _ := sdk.ParseKind(c.Kind)
	kit, known := kits[kind]
	if !known {
		return false, fmt.Errorf("there are no requirements for plugins of kind %q", c.Kind)
	}
	path, err := filepath.Abs(c.Binary)
	if err != nil {
		return false, err
	}
	folder, err := temporaryState()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	trial, err := c.open(kind, path, folder)
	if err != nil {
		return false, err
	}
	defer trial.Close()
	p := &conformance.Plugin{
		Kind: kind, CheckSettings: checkSettings, Process: true, Probe: c.Probe, Change: c.Change,
		Settings: sdk.Settings{JSON: c.settings(), ConfigFolder: c.configFolder(path), PluginFolder: filepath.Dir(path)},
		Start: func(ctx context.Context) (*conformance.Running, error) {
			attempt, err := trial.Start(ctx)
			if err != nil {
				return nil, err
			}
			return &conformance.Running{
				Conn: attempt.Conn(), TurnsAway: attempt.TurnsAway, Stop: func() conformance.End { return stop(attempt) },
			}, nil
		},
	}
	return conformance.Run(ctx, kit(), p, told), nil
}

// RunProbe tries inside a sandbox what its protections are to stop, as args, the last of this program's, say, and gives the exit status.
func RunProbe(args []string) int { return probe.Run(args) }

func (c Candidate) open(kind sdk.Kind, path, runDir string) (*catalog.Trial, error) {
	sum, err := catalog.Pin(path)
	if err != nil {
		return nil, err
	}
	options := catalog.Options{PluginDir: filepath.Dir(path), RunDir: runDir, Logger: c.Logger}
	name := filepath.Base(path)
	return catalog.OpenTrial(options, catalog.Spec{Kind: kind, Name: name, Binary: name, SHA256: sum, ConfigFolder: c.configFolder(path)})
}

func (c Candidate) settings() string {
	if c.Settings == "" {
		return "{}"
	}
	return c.Settings
}

func (c Candidate) configFolder(binary string) string {
	if c.ConfigFolder == "" {
		return filepath.Dir(binary)
	}
	return c.ConfigFolder
}

func stop(a *catalog.Attempt) conformance.End {
	began := time.Now()
	willing := a.Stop()
	return conformance.End{Took: time.Since(began), Forced: !willing, Printed: a.Printed()}
}
