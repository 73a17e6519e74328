package sdktest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/grpc"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
)

// Subject is what Conform tries.
type Subject struct {
	// New makes the plugin anew. What it starts it has to end with t, which is the test's.
	New func(t testing.TB) sdk.Service
	// Server is what serves it. nil: what Serve would.
	Server   func(sdk.Service) *grpc.Server
	Settings string   // a JSON object; empty stands for {}
	Folder   string   // of the configuration and the plugin; empty: one of the test's own
	Probe    []string // what the checks of a sandbox run inside it: see conformance.Plugin
	// Change changes what the plugin decides by. nil: that is not tried.
	Change func() error
}

// Conform plays kit against s over a real socket, with a subtest for each requirement, named by its id. What takes a process of
// the plugin's own is told to be not tried.
func Conform(t *testing.T, kit conformance.Kit, s Subject) {
	t.Helper()
	p := s.plugin(t)
	conformance.Run(t.Context(), kit, p, func(r conformance.Result) {
		t.Run(r.ID, func(t *testing.T) {
			switch r.Outcome {
			case conformance.Pass:
			case conformance.Fail:
				t.Errorf("%s\n%s", r.Text, r.Why)
			default:
				t.Logf("%s: %s", r.Outcome, r.Why)
			}
		})
	})
}

// Results plays kit against s as Conform does, and gives what came of it.
func Results(t testing.TB, kit conformance.Kit, s Subject) []conformance.Result {
	t.Helper()
	var results []conformance.Result
	conformance.Run(t.Context(), kit, s.plugin(t), func(r conformance.Result) { results = append(results, r) })
	return results
}

func (s Subject) plugin(t testing.TB) *conformance.Plugin {
	if s.Settings == "" {
		s.Settings = "{}"
	}
	if s.Folder == "" {
		s.Folder = t.TempDir()
	}
	if s.Server == nil {
		s.Server = func(service sdk.Service) *grpc.Server { return service.NewServer() }
	}
	p := &conformance.Plugin{
		Kind:          s.New(t).Kind,
		Settings:      sdk.Settings{JSON: s.Settings, ConfigFolder: s.Folder, PluginFolder: s.Folder},
		CheckSettings: checkSettings,
		Probe:         s.Probe,
		Start: func(context.Context) (*conformance.Running, error) {
			server := s.Server(s.New(t))
			conn := Dial(t, server)
			return &conformance.Running{Conn: conn, Stop: func() conformance.End {
				conn.Close()
				server.Stop()
				return conformance.End{}
			}}, nil
		},
	}
	if s.Change != nil {
		p.Change = func(context.Context) error { return s.Change() }
	}
	return p
}

func checkSettings(schema, settings string) error {
	published, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		return fmt.Errorf("its settings schema: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(settings))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("settings", published); err != nil {
		return fmt.Errorf("its settings schema: %w", err)
	}
	compiled, err := compiler.Compile("settings")
	if err != nil {
		return fmt.Errorf("its settings schema: %w", err)
	}
	return compiled.Validate(value)
}
