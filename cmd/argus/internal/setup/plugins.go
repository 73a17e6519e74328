package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"argus/host/catalog"
	"argus/host/config"
)

// Helper is the program that the sandbox plugin confines servers with. It is pinned in that plugin's settings.
const Helper = "argus-confine"

// AuditFolder is where an audit sink of ours keeps its file, in the state folder.
const AuditFolder = "audit"

// The plugins of this release.
const (
	cedar    = "oracle-cedar"
	landlock = "sandbox-landlock"
	git      = "registry-git"
	sink     = "audit-sqlite"
)

// Plugins pins the plugins of this release as they lie in the folder of plugins now. All that are missing are told together.
func (o Options) Plugins() ([]config.InitialPlugin, error) {
	names := []string{cedar, git}
	if o.Sandboxed {
		names = append(names, landlock, Helper)
	}
	if o.Audited {
		names = append(names, sink)
	}
	sums, err := pins(o.PluginDir, names...)
	if err != nil {
		return nil, err
	}
	plugins := []config.InitialPlugin{
		{Kind: config.Oracle, Binary: cedar, SHA256: sums[cedar], Settings: map[string]string{"policies": policiesFolder}},
	}
	if o.Sandboxed {
		plugins = append(plugins, config.InitialPlugin{Kind: config.Sandbox, Binary: landlock, SHA256: sums[landlock],
			Settings: map[string]string{"helper_sha256": sums[Helper]}})
	}
	plugins = append(plugins, config.InitialPlugin{Kind: config.Registry, Binary: git, SHA256: sums[git],
		Settings: map[string]string{"folder": registryFolder}})
	if o.Audited {
		plugins = append(plugins, config.InitialPlugin{Kind: config.Audit, Binary: sink, SHA256: sums[sink],
			Settings: map[string]string{"file": stateFolder + "/" + AuditFolder + "/events.db"}})
	}
	return plugins, nil
}

func pins(folder string, names ...string) (map[string]string, error) {
	sums, missing := map[string]string{}, []string{}
	for _, name := range names {
		sum, err := catalog.Pin(filepath.Join(folder, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, name)
		case err != nil:
			return nil, err
		}
		sums[name] = sum
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s has no %s: say with --plugin-dir where the plugins lie", folder, strings.Join(missing, ", "))
	}
	return sums, nil
}
