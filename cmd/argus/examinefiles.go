package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"argus/host"
	"argus/host/front/mcp"
	"argus/host/identity"
)

// examineFiles looks at who can read what nobody else may, and whether the record can be written.
func examineFiles(state, key string) []finding {
	found := []finding{privateFinding("state folder", state, "argus serve makes it")}
	for _, name := range []string{host.JournalFolder, mcp.SocketFolder, host.RunFolder} {
		if f := privateFinding(name+" folder", filepath.Join(state, name), ""); f.State == stateBad {
			found = append(found, f)
		}
	}
	return append(found, keyFinding(key), examineRoom(state))
}

func keyFinding(key string) finding {
	f := privateFinding("operator key", key, "it may be kept elsewhere: name it with --operator-key where it is needed")
	if f.State != stateGood {
		return f
	}
	sealed, err := identity.Sealed(key)
	switch {
	case errors.Is(err, fs.ErrPermission):
		f.Detail = "you cannot read it, which is as it should be unless you are its operator"
	case err != nil:
		f.State, f.Detail = stateBad, err.Error()
	case !sealed:
		f.State, f.Detail = stateNote, "it is not sealed: whoever reads the file can act as you"
		f.Fix = "keep it where agents cannot read, or make a sealed one with argus init in another folder"
	default:
		f.Detail = "sealed with a passphrase"
	}
	return f
}

func privateFinding(what, path, absent string) finding {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return finding{what, stateNote, "there is no " + path, absent}
	case errors.Is(err, fs.ErrPermission):
		return finding{what, stateGood, path + " is out of your reach", ""}
	case err != nil:
		return finding{what, stateBad, err.Error(), ""}
	case info.Mode().Perm()&0o077 != 0:
		return finding{what, stateBad, fmt.Sprintf("%s is open to others: its mode is %03o", path, info.Mode().Perm()), "chmod go= " + path}
	}
	whose := "yours"
	if owner := ownerOf(path); owner != os.Geteuid() {
		whose = userName(owner) + "'s"
	}
	return finding{what, stateGood, fmt.Sprintf("%s is %s alone", path, whose), ""}
}

// Free bytes below which a person should know, and below which there is no room: a journal that cannot be written halts everything.
const (
	littleRoom = 256 << 20
	noRoom     = 1 << 20
)

// examineRoom asks whether the state folder can be written. It tries nothing: who is not its user is told of the room alone.
func examineRoom(state string) finding {
	folder := nearest(state)
	var room unix.Statfs_t
	err := unix.Statfs(folder, &room)
	if err == nil && otherUser(state) == "" {
		err = unix.Access(folder, unix.W_OK)
	}
	return roomFinding(folder, uint64(room.Bavail)*uint64(room.Bsize), err)
}

func roomFinding(folder string, free uint64, err error) finding {
	f := finding{"room for the record", stateGood, fmt.Sprintf("%d MiB are free at %s", free>>20, folder), ""}
	const mend = "make room there, or name another folder: state in the configuration; without room for the record nothing is allowed"
	switch {
	case err != nil:
		f.State, f.Detail, f.Fix = stateBad, fmt.Sprintf("nothing can be written to %s: %v", folder, err), mend
	case free < noRoom:
		f.State, f.Fix = stateBad, mend
	case free < littleRoom:
		f.State, f.Fix = stateNote, mend
	}
	return f
}

// otherUser is the user whose Argus it is, if that is neither us nor for us to act as.
func otherUser(state string) string {
	if us, owner := os.Geteuid(), ownerOf(state); us != 0 && us != owner {
		return userName(owner)
	}
	return ""
}

// nearest is the path, or the folder above it that there is.
func nearest(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return path
		}
		path = filepath.Dir(path)
	}
}

// ownerOf is the owner of the path, or of the nearest folder above it that there is.
func ownerOf(path string) int {
	if info, err := os.Stat(nearest(path)); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			return int(stat.Uid)
		}
	}
	return os.Getuid()
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(uid)
}
