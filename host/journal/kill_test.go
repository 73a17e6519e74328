package journal

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

const writerFolder = "ARGUS_JOURNAL_TEST_WRITER"

// appendUntilKilled acknowledges each batch on stdout as soon as Append has returned; it never syncs.
func appendUntilKilled(dir string) int {
	j, _, err := Open(dir, Options{SegmentBytes: 64 << 10, MaxDelay: 1 << 40})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for n := uint64(1); ; n += 3 {
		batch := [][]byte{childPayload(n), childPayload(n + 1), childPayload(n + 2)}
		if _, err := j.Append(batch); err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println(j.Last())
	}
}

func childPayload(n uint64) []byte {
	return []byte(fmt.Sprintf("%d:%s", n, strings.Repeat("x", int(n%700))))
}

func TestAcknowledgedRecordsSurviveKill(t *testing.T) {
	dir := t.TempDir() + "/j"
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), writerFolder+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acked uint64
	lines := bufio.NewScanner(out)
	for acked < 1500 && lines.Scan() {
		acked = mustNumber(t, lines.Text())
	}
	var locked *LockedError
	if _, _, err := Open(dir, Options{}); !errors.As(err, &locked) || locked.PID != child.Process.Pid {
		t.Errorf("open beside the child %d: %v", child.Process.Pid, err)
	}
	if report, err := Check(dir); err != nil || report.Bad != nil || report.Records < acked {
		t.Errorf("check beside the child: %+v, %v", report, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // acknowledged before the kill arrived
		acked = mustNumber(t, lines.Text())
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}

	j, r := mustOpen(t, dir, Options{})
	if r.Clean || r.Records < acked {
		t.Fatalf("%d were acknowledged: %+v", acked, r)
	}
	var n uint64
	for rec, err := range j.Replay(1) {
		n++
		if err != nil || rec.Seq != n || string(rec.Payload) != string(childPayload(n)) {
			t.Fatalf("record %d: %+v, %v", n, rec, err)
		}
	}
	if n != r.Records {
		t.Fatalf("replayed %d of %d", n, r.Records)
	}
	mustClose(t, j)
}

func mustNumber(t *testing.T, line string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(line, 10, 64)
	if err != nil {
		t.Fatalf("the child said %q", line)
	}
	return n
}
