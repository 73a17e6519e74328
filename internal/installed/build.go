package installed

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

// needed are the packages of what an installation needs as argus init makes it, by where the programs go in the folder.
var needed = map[string]string{
	"argus":                    "argus/cmd/argus",
	"plugins/oracle-cedar":     "argus/plugins/oracle-cedar",
	"plugins/registry-git":     "argus/plugins/registry-git",
	"plugins/sandbox-landlock": "argus/plugins/sandbox-landlock",
	"plugins/argus-confine":    "argus/plugins/sandbox-landlock/helper",
}

// Build builds into a folder what an installation needs, as it is shipped, and other packages by where their programs go. Flags are the go
// command's.
func Build(ctx context.Context, folder string, others map[string]string, flags ...string) error {
	all := maps.Clone(needed)
	maps.Copy(all, others)
	return Compile(ctx, folder, all, flags...)
}

// Compile builds packages into a folder, by where their programs go in it.
func Compile(ctx context.Context, folder string, programs map[string]string, flags ...string) error {
	packages := map[string][]string{} // by the file or folder that they are built to: what can be built together is
	for at, of := range programs {
		to := filepath.Join(folder, at)
		if path.Base(at) == path.Base(of) {
			to = filepath.Dir(to) + "/"
		}
		packages[to] = append(packages[to], of)
	}
	for to, of := range packages {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", to)
		cmd.Args = append(append(cmd.Args, flags...), of...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %v: %w\n%s", of, err, said)
		}
	}
	return nil
}
