package config

import (
	"os"
	"path/filepath"
	"strings"

	"argus/internal/tomlpos"
)

// command finds the program of a server now, so that neither the folder nor the PATH of a later moment decides what runs.
func (c *checker) command(v tomlpos.Value[serverTable]) string {
	command := v.V.Command
	if !command.Set() || command.V == "" {
		c.fault(or(command.At, v.At), `add command = "…"`, "the server has no command")
		return ""
	}
	if strings.Contains(command.V, "/") {
		path, ok := c.absolute("command", command)
		if ok && !executable(path) {
			c.fault(command.At, "give a program that exists and may be executed", "there is no program %s", tomlpos.Quote(path))
		}
		return path
	}
	path, ok := lookup(command.V, c.path)
	if !ok {
		c.fault(command.At, "install it, or give its absolute path", "no program %s in the PATH of the daemon", tomlpos.Quote(command.V))
	}
	return path
}

// lookup searches the absolute folders of a PATH. A relative one would make the working folder decide.
func lookup(name, path string) (string, bool) {
	for _, folder := range filepath.SplitList(path) {
		if !filepath.IsAbs(folder) {
			continue
		}
		if file := filepath.Join(folder, name); executable(file) {
			return file, true
		}
	}
	return "", false
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}
