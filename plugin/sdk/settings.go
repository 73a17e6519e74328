package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// Settings is what the host hands to a plugin's Configure.
type Settings struct {
	JSON         string // a JSON object that fits the plugin's SettingsSchema
	ConfigFolder string // absolute; relative paths among the settings start here
	PluginFolder string // absolute; the plugin's own files and helpers lie here. os.Executable does not tell: a private copy runs
}

const maxSettings = 1 << 20

// Decode reads the settings into v, a pointer to a struct with json tags. A member that v does not have is an error.
func (s Settings) Decode(v any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(s.JSON)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("read the settings: more than one JSON value")
	}
	return nil
}

// Path is path itself when absolute, else taken from the folder of the configuration.
func (s Settings) Path(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(s.ConfigFolder, path)
}

func (s Settings) check() error {
	if !filepath.IsAbs(s.ConfigFolder) || !filepath.IsAbs(s.PluginFolder) {
		return errors.New("the config folder and the plugin folder must be absolute paths")
	}
	if len(s.JSON) > maxSettings {
		return fmt.Errorf("the settings are longer than %d bytes", maxSettings)
	}
	return nil
}

// Configurer takes the settings. It is called once, before anything else of the kind's interface. Any problem it returns means
// that it did not take them.
type Configurer interface {
	Configure(ctx context.Context, settings Settings) []Problem
}
