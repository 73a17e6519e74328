package owned

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestWhatOthersCanChangeIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		folder, file os.FileMode
		wrong        string // empty: nothing is
	}{
		"ours alone":                   {0o700, 0o600, ""},
		"read by others":               {0o755, 0o644, ""},
		"a sticky folder":              {0o777 | os.ModeSticky, 0o600, ""},
		"a file of the group":          {0o700, 0o660, "file"},
		"a file of everybody":          {0o700, 0o606, "file"},
		"a folder of the group":        {0o770, 0o600, "folder"},
		"a folder of everybody":        {0o707, 0o600, "folder"},
		"a file in a folder of others": {0o777 | os.ModeSticky, 0o666, "file"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "folder")
			path := filepath.Join(folder, "file")
			if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(path, nil, 0o600), os.Chmod(path, c.file), os.Chmod(folder, c.folder)); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for what, err := range map[string]error{"file": File(f), "folder": Folder(folder)} {
				if (err != nil) != (what == c.wrong) {
					t.Errorf("%s: %v", what, err)
				}
				if err != nil && !strings.Contains(err.Error(), "can be changed by other users: run chmod go-w "+folder) {
					t.Errorf("%s: told %v", what, err)
				}
			}
		})
	}
}

// owner is a file or folder of some user, whom only root could give one on the disk.
type owner struct {
	os.FileInfo
	mode os.FileMode
	uid  uint32
}

func (o owner) Mode() os.FileMode { return o.mode }

func (o owner) IsDir() bool { return o.mode.IsDir() }

func (o owner) Sys() any { return &syscall.Stat_t{Uid: o.uid} }

// Of a sticky folder its owner can take the files out, such as the one that forbids.
func TestWhatAnotherUserOwnsIsRefused(t *testing.T) {
	us := uint32(os.Geteuid())
	for _, mode := range []os.FileMode{0o600, os.ModeDir | 0o755, os.ModeDir | os.ModeSticky | 0o755, os.ModeDir | os.ModeSticky | 0o777} {
		if err := byUs("it", owner{mode: mode, uid: us + 1}); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
			t.Errorf("%v of another user: %v", mode, err)
		}
		for _, trusted := range []uint32{0, us} {
			if err := byUs("it", owner{mode: mode, uid: trusted}); err != nil {
				t.Errorf("%v of user %d: %v", mode, trusted, err)
			}
		}
	}
	if us != 0 {
		return // only root can give a folder away to see it refused
	}
	folder := t.TempDir()
	if err := errors.Join(os.Chmod(folder, os.ModeSticky|0o755), os.Chown(folder, 12345, 12345)); err != nil {
		t.Fatal(err)
	}
	if err := Folder(folder); err == nil {
		t.Error("a sticky folder of another user passes")
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := File(folder); err == nil {
		t.Error("a folder passes for a file")
	}
	if err := Folder(filepath.Join(folder.Name(), "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
}
