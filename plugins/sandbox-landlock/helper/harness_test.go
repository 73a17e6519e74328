//go:build linux

package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"argus/plugin/sdk/sandbox/report"
	"argus/plugins/sandbox-landlock/internal/machine"
	"argus/plugins/sandbox-landlock/internal/profile"
)

// What a probe answers; see testdata/probe.
const (
	could    = 0
	refused  = 10
	notTried = 11
)

// built are the two programs, in a folder that every user can read.
var built struct{ folder, helper, probe string }

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "confine")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	built.folder, built.helper, built.probe = folder, filepath.Join(folder, "argus-confine"), filepath.Join(folder, "probe")
	err = errors.Join(os.Chmod(folder, 0o755), build(built.helper, "."), build(built.probe, "./testdata/probe"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(to, from string) error {
	cmd := exec.Command("go", "build", "-o", to, from)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", from, err, out)
	}
	return nil
}

// user is someone to run as: whoever runs the tests and, when that is root, an ordinary user too.
type user struct {
	name string
	uid  int
}

func users() []user {
	if os.Getuid() != 0 {
		return []user{{"user", os.Getuid()}}
	}
	return []user{{"root", 0}, {"user", 65534}}
}

func (u user) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if u.uid != os.Getuid() {
		a.Credential = &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.uid), NoSetGroups: false}
	}
	return a
}

// world is one user's folders: scratch, data (listed for writing), library (listed for reading) and outside (not listed).
type world struct {
	user                            user
	scratch, data, library, outside string
	profile                         profile.Profile
}

func newWorld(t testing.TB, u user) *world {
	t.Helper()
	if l, missing := machine.Missing(); missing {
		t.Fatalf("this machine cannot confine: %s: %s", l.Name, l.Detail)
	}
	base, err := os.MkdirTemp(built.folder, "world")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		user: u, scratch: base + "/scratch", data: base + "/data", library: base + "/library", outside: base + "/outside",
	}
	w.profile = profile.Profile{
		Read: []string{w.library}, Write: []string{w.data}, Scratch: w.scratch,
	}
	for _, folder := range []string{w.scratch, w.data, w.library, w.outside} {
		w.must(t, os.Mkdir(folder, 0o700))
		w.must(t, os.Chown(folder, u.uid, u.uid))
		w.file(t, folder+"/file")
		w.file(t, folder+"/other")
	}
	w.must(t, os.Chmod(base, 0o755))
	return w
}

func (w *world) must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) file(t testing.TB, path string) {
	t.Helper()
	w.must(t, os.WriteFile(path, []byte("content"), 0o600))
	w.must(t, os.Chown(path, w.user.uid, w.user.uid))
	_ = unix.Setxattr(path, "user.control", []byte("x"), 0) // the probe says when the file system has none
}

// outcome is what a run left.
type outcome struct {
	status int
	output string
	report report.Report
	err    error // of the report
}

// confined runs argv in the sandbox, with a probe between that plays the daemon as the world's user.
func (w *world) confined(t testing.TB, argv ...string) outcome {
	t.Helper()
	text, err := w.profile.Encode()
	w.must(t, err)
	return w.run(t, append([]string{"host", built.helper, text, w.outside + "/file"}, argv...))
}

// free runs argv the same way without the sandbox: the control.
func (w *world) free(t testing.TB, argv ...string) outcome {
	t.Helper()
	return w.run(t, append([]string{"host", "", "", w.outside + "/file"}, argv...))
}

func (w *world) run(t testing.TB, args []string) outcome {
	t.Helper()
	var output bytes.Buffer
	r := w.start(t, args, nil, &output)
	told, err := report.Read(r.report)
	return outcome{status: r.wait(t), output: output.String(), report: told, err: err}
}

// running is a started daemon with its server.
type running struct {
	cmd    *exec.Cmd
	report *os.File
	cancel context.CancelFunc
}

func (w *world) start(t testing.TB, args []string, stdin io.Reader, stdout io.Writer) *running {
	t.Helper()
	ours, theirs, err := os.Pipe()
	w.must(t, err)
	w.must(t, ours.SetReadDeadline(time.Now().Add(20*time.Second)))
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
	cmd := exec.CommandContext(ctx, built.probe, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"LIFELINE=" + os.Getenv("LIFELINE"), "PATH=/usr/bin:/bin", "HOME=" + w.scratch, "TMPDIR=" + w.scratch}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stdout
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = w.user.attributes()
	w.must(t, cmd.Start())
	theirs.Close()
	t.Cleanup(func() { ours.Close() })
	return &running{cmd, ours, cancel}
}

func (r *running) wait(t testing.TB) int {
	t.Helper()
	defer r.cancel()
	err := r.cmd.Wait()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return r.cmd.ProcessState.ExitCode()
}

// bystander is a process of the same user that is nobody's business.
func (w *world) bystander(t testing.TB) string {
	t.Helper()
	cmd := exec.Command(built.probe, "stay")
	cmd.SysProcAttr = w.user.attributes()
	out, err := cmd.StdoutPipe()
	w.must(t, err)
	w.must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var line [32]byte
	if _, err := out.Read(line[:]); err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(cmd.Process.Pid)
}
