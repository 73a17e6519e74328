package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"argus/host"
	"argus/host/config"
	"argus/host/front/operator"
	"argus/host/identity"
)

func pluginFinding(p listedPlugin) finding {
	f := finding{What: "plugin " + p.Name, State: stateBad}
	switch p.Pin {
	case pinHolds:
		f.State, f.Detail = stateGood, "it is the file that was pinned"
	case pinMissing:
		f.Detail, f.Fix = "there is no "+p.File, "make build, or say with --plugin-dir where the plugins lie"
	default:
		f.Detail, f.Fix = p.File+" is not the file that was pinned", "find out why; if you trust it as it is now: argus plugin pin "+p.Name
	}
	return f
}

func layerFinding(l host.Layer) finding {
	f := finding{What: "sandbox: " + l.Name, State: stateGood, Detail: l.Detail}
	if !l.Available {
		f.State, f.Fix = stateBad, "there is no weaker mode: no server can be started without it"
	}
	return f
}

func serverFinding(s host.Confinement) finding {
	f := finding{What: "server " + s.Server, State: stateGood, Detail: "would be protected by " + strings.Join(s.Protections, ", ")}
	if s.Err != nil {
		f.State, f.Detail, f.Fix = stateBad, s.Err.Error(), "it cannot be started until then"
	}
	return f
}

// examineFiles looks at who can read what nobody else may.
func examineFiles(c config.Config, key string) []finding {
	found := []finding{privateFinding("state folder", c.State, "argus serve makes it")}
	f := privateFinding("operator key", key, "it may be kept elsewhere: name it with --key where it is needed")
	if f.State == stateGood {
		sealed, err := identity.Sealed(key)
		switch {
		case err != nil:
			f.State, f.Detail = stateBad, err.Error()
		case !sealed:
			f.State, f.Detail = stateNote, "it is not sealed: whoever reads the file can act as you"
			f.Fix = "keep it where agents cannot read, or make a sealed one with argus init in another folder"
		default:
			f.Detail = "sealed with a passphrase"
		}
	}
	return append(found, f)
}

func privateFinding(what, path, absent string) finding {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return finding{what, stateNote, "there is no " + path, absent}
	case err != nil:
		return finding{what, stateBad, err.Error(), ""}
	case info.Mode().Perm()&0o077 != 0:
		return finding{what, stateBad, fmt.Sprintf("%s is open to others: its mode is %03o", path, info.Mode().Perm()), "chmod go= " + path}
	}
	return finding{what, stateGood, path + " is yours alone", ""}
}

// examineUser tells whether what runs outside Argus is kept from what Argus keeps. Whoever owns the folder from which Argus works is Argus's
// user.
func examineUser(state string) finding {
	person := os.Getuid()
	if sudo, err := strconv.Atoi(os.Getenv("SUDO_UID")); err == nil {
		person = sudo
	}
	return userFinding(ownerOf(state), person)
}

func userFinding(owner, person int) finding {
	const what = "user"
	switch {
	case owner == person:
		return finding{what, stateNote,
			"same user: not a boundary against agents with a shell outside Argus, which can read what you can read",
			"run the daemon as a user of its own: argus service print --system shows how"}
	case person == 0: // who it is that works on this machine cannot be told
		return finding{what, stateNote,
			fmt.Sprintf("Argus runs as %s: a boundary only against programs that run as neither that user nor root", userName(owner)),
			"ask as the user whose agents these are: argus doctor"}
	}
	return finding{what, stateGood, fmt.Sprintf("own user: Argus runs as %s, which is a boundary against your other programs", userName(owner)), ""}
}

// ownerOf is the owner of the path, or of the nearest folder above it that there is.
func ownerOf(path string) int {
	for ; ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		if err == nil {
			if stat, ok := info.Sys().(*syscall.Stat_t); ok {
				return int(stat.Uid)
			}
		}
		if path == filepath.Dir(path) {
			return os.Getuid()
		}
	}
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(uid)
}

// examineDaemon looks at the running daemon, if one can be asked.
func examineDaemon(at *place) []finding {
	s, err := ask(at, func(ctx context.Context, d *operator.Client) (operator.Status, error) { return d.Status(ctx) })
	if err != nil {
		return []finding{{"daemon", stateNote, err.Error(), ""}}
	}
	if s.Halted != "" {
		return []finding{{"daemon", stateBad, "nothing is allowed any more: " + s.Halted, "start the daemon again: it recovers"}}
	}
	found := []finding{{"daemon", stateGood, "argus " + s.Version + ", agents connect to " + s.MCPAddress, ""}}
	for _, p := range append(s.Plugins, s.Servers...) {
		if p.State != "running" && p.State != "ready" {
			found = append(found, finding{"daemon: " + p.Name, stateBad, p.State + ": " + p.Detail, "argus status tells how it goes on"})
		}
	}
	for _, problem := range s.Problems {
		found = append(found, finding{"daemon: problem", stateBad, problem, ""})
	}
	return found
}
