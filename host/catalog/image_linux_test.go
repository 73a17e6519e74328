package catalog

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"argus/plugin/sdk"
)

func TestImageCanNotBeChangedAnyMore(t *testing.T) {
	w := newWorld(t)
	spec := w.spec(sdk.KindOracle, "judge")
	image, err := OpenImage(w.options.PluginDir, spec.Binary, spec.SHA256, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	for what, try := range map[string]func(*os.File) error{
		"write":  func(f *os.File) error { _, err := f.WriteAt([]byte("evil"), 0); return err },
		"shrink": func(f *os.File) error { return f.Truncate(1) },
		"grow":   func(f *os.File) error { return f.Truncate(1 << 30) },
		"map": func(f *os.File) error {
			_, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_WRITE, unix.MAP_SHARED)
			return err
		},
		"pin less": func(f *os.File) error { _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, 0); return err },
	} {
		file, err := os.OpenFile(image.Path(), os.O_RDWR, 0)
		if err != nil {
			continue // refused earlier still
		}
		if try(file) == nil {
			t.Errorf("%s: admitted", what)
		}
		file.Close()
	}
	if sum, err := Pin(image.Path()); err != nil || sum != spec.SHA256 {
		t.Errorf("its checksum is %s, %v", sum, err)
	}
	if sum, err := Pin(filepath.Join(w.options.PluginDir, "judge")); err != nil || sum != spec.SHA256 {
		t.Errorf("control: %s, %v", sum, err)
	}
}
