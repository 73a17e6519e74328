package source

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestUnreadableFileDeclinesTheFolder(t *testing.T) {
	folder := t.TempDir()
	put(t, filepath.Join(folder, "good.cedar"), nil)
	put(t, filepath.Join(folder, "x.cedar"), nil)
	for path, mode := range map[string]os.FileMode{filepath.Dir(folder): 0o755, folder: 0o755, "good.cedar": 0o644, "x.cedar": 0} {
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		// Root reads everything, so look at the files as somebody else, on this thread only.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	files, problems := Read(folder)
	if files != nil || len(problems) != 1 || problems[0].File != filepath.Join(folder, "x.cedar") || !strings.Contains(problems[0].Message, "permission denied") {
		t.Errorf("got %v %+v", files, problems)
	}
}
