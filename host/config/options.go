package config

import (
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
)

// SystemFile is the administrator's configuration.
const SystemFile = "/etc/argus/argus.toml"

// Options name the sources of a configuration. A source that is empty is not read.
type Options struct {
	File       string         // read instead of System and User; it must exist
	System     string         // read when it exists
	User       string         // read when it exists
	Home       string         // what "~/" stands for
	Environ    []string       // KEY=value
	Flags      *pflag.FlagSet // parsed; those of AddFlags are read
	OtherNames []string       // variables of the environment that begin with ARGUS_ and belong to other parts
}

// The flags that AddFlags declares, with the keys they set.
var flagKeys = map[string]string{"state": "state", "listen": "mcp.listen", "log-level": "log.level"}

// AddFlags declares the flags that Load reads.
func AddFlags(flags *pflag.FlagSet) {
	flags.String("config", "", "read this `file` instead of "+SystemFile+" and the user's argus.toml")
	flags.String("state", "", "state `folder`")
	flags.String("listen", "", "loopback `address:port` of the MCP door")
	flags.String("log-level", "", "trace, debug, info, warn or error")
}

// Process gives the sources of this process, and the file of its --config flag.
func Process(flags *pflag.FlagSet) Options {
	o := Options{System: SystemFile, User: UserFile(), Environ: os.Environ(), Flags: flags}
	o.Home, _ = os.UserHomeDir()
	if flag := flags.Lookup("config"); flag != nil && flag.Changed {
		o.File = flag.Value.String()
	}
	return o
}

// UserFile is the place of the user's configuration; empty when the user has no folder for it. It is the same on every system: the folder that
// macOS has for this is so deep that no socket fits below it.
func UserFile() string {
	folder := os.Getenv("XDG_CONFIG_HOME")
	if folder == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		folder = filepath.Join(home, ".config")
	}
	if !filepath.IsAbs(folder) {
		return ""
	}
	return filepath.Join(folder, "argus", "argus.toml")
}
