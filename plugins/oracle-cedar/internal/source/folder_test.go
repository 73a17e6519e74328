package source

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFolderGivesItsPolicyFilesInOrder(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b.cedar", "a.cedar", ".hidden.cedar", "notes.md", "a.cedar~"} {
		put(t, filepath.Join(folder, name), []byte(name))
	}
	if err := os.Mkdir(filepath.Join(folder, "deeper"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(folder, "deeper", "c.cedar"), nil)
	if err := os.Symlink("notes.md", filepath.Join(folder, "linked.cedar")); err != nil {
		t.Fatal(err)
	}
	files, problems := Read(folder)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name+"="+string(f.Content))
	}
	if got := strings.Join(names, " "); got != "a.cedar=a.cedar b.cedar=b.cedar linked.cedar=notes.md" {
		t.Errorf("got %s", got)
	}
}

func TestFolderIsDeclinedAsAWhole(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.cedar")
	put(t, outside, nil)
	cases := map[string]struct {
		arrange func(folder string) error
		file    string
		message string
	}{
		"a link out": {func(f string) error { return os.Symlink(outside, filepath.Join(f, "x.cedar")) }, "x.cedar", "cannot be read"},
		"a relative link out": {func(f string) error {
			return os.Symlink("../../../../../../../../etc/hostname", filepath.Join(f, "x.cedar"))
		}, "x.cedar", "cannot be read"},
		"a link to nothing": {func(f string) error { return os.Symlink("nothing", filepath.Join(f, "x.cedar")) }, "x.cedar", "cannot be read"},
		"a folder":          {func(f string) error { return os.Mkdir(filepath.Join(f, "x.cedar"), 0o700) }, "x.cedar", "not a regular file"},
		"a pipe":            {func(f string) error { return syscall.Mkfifo(filepath.Join(f, "x.cedar"), 0o600) }, "x.cedar", "not a regular file"},
		"a large file": {func(f string) error {
			return os.WriteFile(filepath.Join(f, "x.cedar"), make([]byte, maxFileBytes+1), 0o600)
		}, "x.cedar", "larger than"},
		"a file that others can write": {func(f string) error {
			return errors.Join(os.WriteFile(filepath.Join(f, "x.cedar"), nil, 0o600), os.Chmod(filepath.Join(f, "x.cedar"), 0o620))
		}, "x.cedar", "can be changed by other users"},
		"a folder that others can write": {func(f string) error { return os.Chmod(f, 0o777) }, "", "can be changed by other users"},
		"a name in capitals":             {func(f string) error { return os.WriteFile(filepath.Join(f, "x.Cedar"), nil, 0o600) }, "x.Cedar", "lower case"},
		"too many files": {func(f string) error {
			for i := range maxFiles {
				if err := os.WriteFile(filepath.Join(f, strings.Repeat("x", i%50)+string(rune('a'+i/50))+".cedar"), nil, 0o600); err != nil {
					return err
				}
			}
			return nil
		}, "", "more than"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			put(t, filepath.Join(folder, "good.cedar"), []byte("//"))
			if err := c.arrange(folder); err != nil {
				t.Fatal(err)
			}
			files, problems := Read(folder)
			if len(files) > 0 || len(problems) != 1 {
				t.Fatalf("got %v %+v", files, problems)
			}
			if p := problems[0]; p.File != filepath.Join(folder, c.file) || !strings.Contains(p.Message, c.message) || p.Fix == "" {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func TestFolderTogetherIsBounded(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		put(t, filepath.Join(folder, name+".cedar"), make([]byte, maxFileBytes))
	}
	if files, problems := Read(folder); files != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "together") {
		t.Errorf("got %d files, %+v", len(files), problems)
	}
}

func TestStampTellsOfAChange(t *testing.T) {
	folder := t.TempDir()
	target := filepath.Join(folder, "a.cedar")
	seen := map[string]bool{}
	differs := func(what string) {
		t.Helper()
		if s := Stamp(folder); seen[s] {
			t.Errorf("%s does not show", what)
		} else {
			seen[s] = true
		}
	}
	differs("an empty folder")
	put(t, target, []byte("x"))
	differs("a file")
	put(t, target, []byte("xy"))
	differs("more text")
	if err := os.Chtimes(target, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	differs("another time")
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	differs("an open folder")
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(target); err != nil {
		t.Fatal(err)
	}
	if !seen[Stamp(folder)] {
		t.Error("the folder is as it was, yet its stamp is not")
	}
}

func TestGuardStopsWhatWouldOverflowTheParser(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses":            strings.Repeat("(", maxNesting+1),
		"behind a comment":       "// \" a quote\n" + strings.Repeat("[", maxNesting+1),
		"behind a block comment": "/* \" */" + strings.Repeat("{", maxNesting+1),
		"behind a string":        `"\" // /* ` + `"` + strings.Repeat("(", maxNesting+1),
		"one long policy":        strings.Repeat("!", maxStatement+1),
	} {
		t.Run(name, func(t *testing.T) {
			if p, ok := Guard(File{Name: "x.cedar", Content: []byte(text)}); ok || p.File != "x.cedar" || p.Line == 0 {
				t.Errorf("got %+v %v", p, ok)
			}
		})
	}
	for name, text := range map[string]string{
		"brackets in strings":  strings.Repeat(`"((("`, maxNesting),
		"brackets in comments": strings.Repeat("// (((\n", maxNesting),
		"closed brackets":      strings.Repeat("()", maxNesting+1),
		"many policies":        strings.Repeat("permit (principal, action, resource);\n", 10_000),
		"a long comment":       "//" + strings.Repeat("x", 2*maxStatement),
		"an open string":       `"`,
		"an open comment":      `/*`,
	} {
		t.Run(name, func(t *testing.T) {
			if p, ok := Guard(File{Content: bytes.TrimSpace([]byte(text))}); !ok {
				t.Errorf("refused: %+v", p)
			}
		})
	}
}
