package catalog

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/plugin/sdk"
)

// Spec is one plugin as the configuration names it.
type Spec struct {
	Kind         sdk.Kind
	Name         string // for people and logs; unique
	Binary       string // plain name of a file in the plugin folder
	SHA256       string // 64 lower-case hex digits; see Pin
	Settings     string // a JSON object; empty stands for {}
	ConfigFolder string // absolute; relative paths among the settings start here
}

// Options are what all plugins share.
type Options struct {
	PluginDir string // only root and we may write it and what leads to it
	RunDir    string // of this daemon alone: made with mode 0700 when absent; emptied of what an earlier run left
	Logger    hclog.Logger
	// CheckSettings judges settings by the JSON Schema that the plugin publishes. Its error is for a person. It is required when a
	// plugin publishes one.
	CheckSettings func(schema, settings string) error

	StartTimeout   time.Duration // for the handshake, and again for taking the settings; 0: 10 s
	HealthInterval time.Duration // between health checks; 0: 5 s
	healthTimeout  time.Duration // of one health check; 0: 5 s
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = hclog.NewNullLogger()
	}
	if o.StartTimeout <= 0 {
		o.StartTimeout = 10 * time.Second
	}
	if o.HealthInterval <= 0 {
		o.HealthInterval = 5 * time.Second
	}
	if o.healthTimeout <= 0 {
		o.healthTimeout = 5 * time.Second
	}
	return o
}

// checkSpecs refuses two of a kind: no call could tell which of them to ask.
func checkSpecs(specs []Spec) error {
	kinds, names := map[sdk.Kind]string{}, map[string]bool{}
	var errs []error
	for _, s := range specs {
		if err := s.check(); err != nil {
			errs = append(errs, fmt.Errorf("plugin %q: %w", s.Name, err))
			continue
		}
		if other, ok := kinds[s.Kind]; ok {
			errs = append(errs, fmt.Errorf("plugin %q: there is another %s, %q; keep one of them", s.Name, s.Kind, other))
		}
		if names[s.Name] {
			errs = append(errs, fmt.Errorf("plugin %q: there is another of that name", s.Name))
		}
		kinds[s.Kind], names[s.Name] = s.Name, true
	}
	return errors.Join(errs...)
}

func (s Spec) check() error {
	if _, ok := sdk.ParseKind(s.Kind.String()); !ok {
		return errors.New("its kind is unknown")
	}
	if err := checkFileName(s.Binary); err != nil {
		return fmt.Errorf("its binary: %w", err)
	}
	return sdk.FirstError(
		sdk.CheckText("its name", s.Name, 1, 64),
		sdk.CheckText("its config folder", s.ConfigFolder, 1, 4<<10),
	)
}

func checkFileName(name string) error {
	if name == "" || name[0] == '.' || strings.ContainsAny(name, "/\\\x00") {
		return errors.New("it must be the plain name of a file in the plugin folder")
	}
	return nil
}
