package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// programs are built into a folder: the product's as they are shipped, and the bench's own.
var programs = map[string]string{
	"argus":                    "argus/cmd/argus",
	"plugins/oracle-cedar":     "argus/plugins/oracle-cedar",
	"plugins/registry-git":     "argus/plugins/registry-git",
	"plugins/sandbox-landlock": "argus/plugins/sandbox-landlock",
	"plugins/argus-confine":    "argus/plugins/sandbox-landlock/helper",
	"echo":                     "argus/bench/echo",
	"passthrough":              "argus/bench/passthrough",
	"vendor":                   "argus/bench/vendor",
	"reverseproxy":             "argus/bench/reverseproxy",
}

// build makes the named programs, or all.
func build(ctx context.Context, folder string, names ...string) error {
	for name, source := range programs {
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, name), source)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", source, err, out)
		}
	}
	return nil
}
