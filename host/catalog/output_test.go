package catalog

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
)

func TestPrintingDoesNotBreakTheProtocol(t *testing.T) {
	w := newWorld(t)
	c := w.oracle("judge")
	for range 3 {
		ask(t, c, "print")
	}
	for _, text := range []string{"printed through os.Stdout", "printed through os.Stderr", "printed to descriptor 1"} {
		until(t, 2*time.Second, "the log has what was "+text, func() bool { return strings.Contains(w.log.String(), text) })
	}
	if s := c.Status()[0]; s.Restarts != 0 {
		t.Errorf("status = %+v", s)
	}
}

func TestPrintingBeforeTheHandshakeIsLog(t *testing.T) {
	w := newWorld(t)
	if !ask(t, w.oracle("prints-early"), "x").Authorized {
		t.Fatal("not authorized")
	}
	if !strings.Contains(w.log.String(), "hello from an init function") {
		t.Error("what it printed is lost")
	}
}

func TestFloodOnStderrIsBounded(t *testing.T) {
	w := newWorld(t)
	c := w.oracle("judge")
	begun := time.Now()
	ask(t, c, "flood")
	took := time.Since(begun)
	ask(t, c, "x")
	if size, limit := len(w.log.String()), (allowedBursts+int(took.Seconds())+2)*2*bytesPerSec; size > limit {
		t.Errorf("100 MB on stderr became %d bytes of log", size)
	}
}

func TestLinesAreCutAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := "[INFO] " + strings.Repeat("x", 5*maxLine)
		input := long + "\n" + strings.Repeat("[INFO] short\n", 10*linesPerSec)
		r, in := io.Pipe()
		out := cutLog(r, hclog.NewNullLogger(), &lastWords{})
		go func() {
			io.WriteString(in, input)
			time.Sleep(time.Minute)
			io.WriteString(in, "[INFO] later\n")
			in.Close()
		}()
		got, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(got)), "\n")
		if len(lines) != allowedBursts*linesPerSec+2 {
			t.Errorf("%d lines passed", len(lines))
		}
		if len(lines[0]) != maxLine {
			t.Errorf("a long line was cut to %d bytes", len(lines[0]))
		}
		end := lines[len(lines)-2:]
		if !strings.Contains(end[0], "501 lines") || end[1] != "[INFO] later" {
			t.Errorf("it ends with %q", end)
		}
	})
}

// TestWhatIsPrintedOnStderrIsNotHidden: go-plugin gets what it knows the level of, and would hide the rest.
func TestWhatIsPrintedOnStderrIsNotHidden(t *testing.T) {
	var log bytes.Buffer
	logger := hclog.New(&hclog.LoggerOptions{Output: &log, Level: hclog.Info})
	plain := []string{"listening soon", `{"level":30,"msg":"of another logger"}`, "[not a level]", "panicking is bad"}
	known := []string{`{"@level":"info","@message":"m"}`, "[WARN] disk", "panic: oh", "goroutine 1 [running]:"}
	input := strings.Join(plain, "\n") + "\n" + strings.Join(known, "\n") + "\n"
	got, err := io.ReadAll(cutLog(io.NopCloser(strings.NewReader(input)), logger, &lastWords{}))
	if err != nil || string(got) != strings.Join(known, "\n")+"\n" {
		t.Errorf("go-plugin got %q, %v", got, err)
	}
	if n := strings.Count(log.String(), "plugin output"); n != len(plain) || !strings.Contains(log.String(), plain[0]) {
		t.Errorf("%d lines are logged:\n%s", n, log.String())
	}
}

func TestOnlyTheFirstHandshakeReachesTheProtocol(t *testing.T) {
	const line = "1|1|unix|/run/s|grpc|cert"
	var log bytes.Buffer
	logger := hclog.New(&hclog.LoggerOptions{Output: &log})
	input := "noise\n1|1|almost\n" + line + "\n1|1|unix|/run/evil|grpc|cert\nmore noise\n"
	r, in := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		io.WriteString(in, input)
		in.Close()
	}()
	got, err := io.ReadAll(cutHandshake(r, logger, &lastWords{}))
	if err != nil || string(got) != line+"\n" {
		t.Fatalf("the protocol got %q, %v", got, err)
	}
	<-written
}

func TestLinesWrittenInPiecesAreWhole(t *testing.T) {
	var log bytes.Buffer
	l := &lineLog{logger: hclog.New(&hclog.LoggerOptions{Output: &log, JSONFormat: true})}
	for _, piece := range []string{"one ", "line\nand ", strings.Repeat("y", 3*maxLine), "\n\x1b[2J\n"} {
		if n, err := io.WriteString(l, piece); n != len(piece) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	text := log.String()
	if !strings.Contains(text, `"one line"`) || strings.Contains(text, `\u001b`) || strings.Count(text, "\n") != 3 {
		t.Errorf("the log is %q", text)
	}
	if strings.Count(text, "y") > maxLine+10 {
		t.Error("a long line was not cut")
	}
}
