package folder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func put(t *testing.T, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyTheFilesThatCountAreRead(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"flow.toml", "b.toml", ".b.toml.tmp", ".hidden.toml", "README.md"} {
		put(t, dir, name, name)
	}
	files, problems := Folder(dir).Read()
	if len(problems) > 0 || len(files) != 2 || files[0].Name != "b.toml" || files[1].Path != filepath.Join(dir, "flow.toml") {
		t.Errorf("read %v %v", files, problems)
	}
}

func TestWhatLeadsOutOfTheFolderIsRefused(t *testing.T) {
	outside := t.TempDir()
	put(t, outside, "evil.toml", "x")
	for name, plant := range map[string]func(dir string) error{
		"absolute link": func(dir string) error {
			return os.Symlink(filepath.Join(outside, "evil.toml"), filepath.Join(dir, "a.toml"))
		},
		"link upwards":  func(dir string) error { return os.Symlink("../../../../etc/hostname", filepath.Join(dir, "a.toml")) },
		"dangling link": func(dir string) error { return os.Symlink("nothing", filepath.Join(dir, "a.toml")) },
		"named pipe":    func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "a.toml"), 0o600) },
		"folder":        func(dir string) error { return os.Mkdir(filepath.Join(dir, "a.toml"), 0o700) },
		"writable by all": func(dir string) error {
			put(t, dir, "a.toml", "")
			return os.Chmod(filepath.Join(dir, "a.toml"), 0o666)
		},
		"writable by group": func(dir string) error {
			put(t, dir, "a.toml", "")
			return os.Chmod(filepath.Join(dir, "a.toml"), 0o660)
		},
		"too large": func(dir string) error { put(t, dir, "a.toml", strings.Repeat("#", 1<<20+1)); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "flow.toml", "")
			if err := plant(dir); err != nil {
				t.Fatal(err)
			}
			files, problems := Folder(dir).Read()
			if len(problems) != 1 || problems[0].File != filepath.Join(dir, "a.toml") || len(files) != 1 {
				t.Errorf("read %v %v", files, problems)
			}
		})
	}
}

func TestALinkWithinTheFolderIsFollowed(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "real.txt", "x")
	if err := os.Symlink("real.txt", filepath.Join(dir, "a.toml")); err != nil {
		t.Fatal(err)
	}
	if files, problems := Folder(dir).Read(); len(problems) > 0 || len(files) != 1 || string(files[0].Data) != "x" {
		t.Errorf("read %v %v", files, problems)
	}
}

func TestAFolderIsBounded(t *testing.T) {
	dir := t.TempDir()
	for i := range mostFiles + 1 {
		put(t, dir, fmt.Sprintf("%d.toml", i), "")
	}
	if files, problems := Folder(dir).Read(); len(problems) == 0 || len(files) > 0 {
		t.Errorf("%d files, %v", len(files), problems)
	}
	big := t.TempDir()
	for i := range 17 {
		put(t, big, fmt.Sprintf("%d.toml", i), strings.Repeat("#", 1<<20))
	}
	if _, problems := Folder(big).Read(); len(problems) == 0 {
		t.Error("more bytes than the bound are read")
	}
}

func TestAFolderThatOthersCanChangeIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "flow.toml", "")
	if _, problems := Folder(dir).Read(); len(problems) > 0 {
		t.Fatalf("control: %v", problems)
	}
	if err := os.Chmod(dir, 0o770); err != nil {
		t.Fatal(err)
	}
	if files, problems := Folder(dir).Read(); len(problems) == 0 || len(files) > 0 {
		t.Error("a folder that a group can change is read")
	}
	if _, problems := Folder(dir + "x").Read(); len(problems) == 0 {
		t.Error("a missing folder is an empty one")
	}
}

func TestReplaceIsWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	f := Folder(dir)
	path := filepath.Join(dir, "a.toml")
	if err := f.Replace("a.toml", nil, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.Replace("a.toml", []byte("one"), []byte("two")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if text, _ := os.ReadFile(path); err != nil || string(text) != "two" || info.Mode().Perm() != 0o644 {
		t.Errorf("%q with %v", text, info.Mode())
	}
	for name, before := range map[string][]byte{"other bytes": []byte("one"), "thought new": nil} {
		if err := f.Replace("a.toml", before, []byte("three")); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.Replace("b.toml", []byte("was there"), []byte("x")); !errors.Is(err, ErrChanged) {
		t.Errorf("a file that is gone: %v", err)
	}
	if err := f.Replace("../a.toml", nil, []byte("x")); err == nil {
		t.Error("a name that leads out is written")
	}
	if err := os.Symlink("a.toml", filepath.Join(dir, "l.toml")); err != nil {
		t.Fatal(err)
	}
	if err := f.Replace("l.toml", []byte("two"), []byte("x")); err == nil {
		t.Error("a link is replaced by a file")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
}

// follow looks at the folder until the test ends; each look sends the number of files.
func follow(t *testing.T, dir string, pace Pace) <-chan int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	looks, done := make(chan int, 1000), make(chan struct{})
	go func() {
		defer close(done)
		Folder(dir).Follow(ctx, pace, func() {
			files, _ := Folder(dir).Read()
			looks <- len(files)
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return looks
}

func await(t *testing.T, looks <-chan int, want int) {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case got := <-looks:
			if got == want {
				return
			}
		case <-timeout:
			t.Fatalf("no look saw %d files", want)
		}
	}
}

func TestAChangeIsSeenByEventsAlone(t *testing.T) {
	dir := t.TempDir()
	looks := follow(t, dir, Pace{Quiet: 10 * time.Millisecond, Most: time.Second, Poll: time.Hour})
	// The watch may start after the first write, so write until it is seen.
	for i := 0; ; i++ {
		put(t, dir, "a.toml", fmt.Sprint(i))
		select {
		case <-looks:
			put(t, dir, "b.toml", "")
			await(t, looks, 2)
			return
		case <-time.After(50 * time.Millisecond):
		}
		if i > 100 {
			t.Fatal("no event arrived")
		}
	}
}

func TestAChangeIsSeenByPollingAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	looks := follow(t, dir, Pace{Quiet: time.Hour, Most: time.Hour, Poll: 20 * time.Millisecond})
	await(t, looks, 0)
}

func TestAFolderInTheOldOnesPlaceIsSeen(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "r")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	looks := follow(t, dir, Pace{Quiet: time.Millisecond, Most: time.Second, Poll: 20 * time.Millisecond})
	await(t, looks, 0)
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "a.toml", "")
	await(t, looks, 1)
}

func TestEndlessEventsDoNotHoldALookBack(t *testing.T) {
	dir := t.TempDir()
	looks := follow(t, dir, Pace{Quiet: 200 * time.Millisecond, Most: 300 * time.Millisecond, Poll: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-looks:
			return
		case <-ctx.Done():
			t.Fatal("no look while events went on")
		case <-tick.C:
			put(t, dir, "a.toml", fmt.Sprint(i))
		}
	}
}
