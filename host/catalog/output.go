package catalog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/plugin/sdk"
)

// Bounds of what a plugin can write into our log. What is over them is counted and dropped; the plugin is never made to wait.
const (
	maxLine       = 8 << 10
	linesPerSec   = 100
	bytesPerSec   = 128 << 10
	allowedBursts = 5 // seconds that may be saved up
)

// allowance is how much a plugin may still log now. The zero allowance is full at its first use.
type allowance struct {
	last    time.Time
	lines   float64
	bytes   float64
	dropped int
}

// take reports whether a line of n bytes may pass, and how many before it did not, once one does again.
func (a *allowance) take(n int) (ok bool, dropped int) {
	now := time.Now()
	seconds := float64(allowedBursts)
	if !a.last.IsZero() {
		seconds = now.Sub(a.last).Seconds()
	}
	a.last = now
	a.lines = min(a.lines+seconds*linesPerSec, allowedBursts*linesPerSec)
	a.bytes = min(a.bytes+seconds*bytesPerSec, allowedBursts*bytesPerSec)
	if a.lines < 1 || a.bytes < float64(n) {
		a.dropped++
		return false, 0
	}
	a.lines--
	a.bytes -= float64(n)
	dropped, a.dropped = a.dropped, 0
	return true, dropped
}

// eachLine calls take with every line of r, cut to maxLine, until r ends. The line is valid until take returns.
func eachLine(r io.Reader, take func(line []byte)) {
	reader := bufio.NewReaderSize(r, maxLine)
	cut := false // the rest of a line that was taken already
	for {
		line, err := reader.ReadSlice('\n')
		if !cut && len(line) > 0 {
			take(bytes.TrimRight(line, "\r\n"))
		}
		cut = errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !cut {
			return
		}
	}
}

// handshakeLine is the shape of go-plugin's one line: core version, version, network, address, protocol, certificate.
var handshakeLine = regexp.MustCompile(`^[0-9]+\|[0-9]+\|(unix|tcp)\|[^|]+\|[a-z]+\|[^|]*(\|[a-z]*)?$`)

// cutHandshake gives go-plugin the first line of stdout that is a handshake. What the plugin's code printed before or after it is
// log.
func cutHandshake(stdout io.ReadCloser, logger hclog.Logger, words *lastWords) io.ReadCloser {
	out, in := io.Pipe()
	log := &lineLog{logger: logger}
	words.reading.Go(func() {
		defer stdout.Close()
		defer in.Close()
		found := false
		eachLine(stdout, func(line []byte) {
			if found || !handshakeLine.Match(line) {
				words.hear(line)
				log.line(line)
				return
			}
			found = true
			words.greet()
			_, _ = in.Write(append(line, '\n')) // fails when nobody waits for it any more
			in.Close()
		})
	})
	return out
}

// leveled are lines of which go-plugin knows how loud they are: those of its own logger, with a level in front, or about the end of a Go
// program.
var leveled = regexp.MustCompile(`^(\{.*"@message"|\[(TRACE|DEBUG|INFO|WARN|ERROR)\]|panic: |fatal error: )`)

// cutLog gives go-plugin as much of stderr as may be logged. What has no level is logged as what was printed: go-plugin would hide it.
func cutLog(stderr io.ReadCloser, logger hclog.Logger, words *lastWords) io.ReadCloser {
	out, in := io.Pipe()
	words.reading.Go(func() {
		defer stderr.Close()
		defer in.Close()
		var allowed allowance
		ending := false // the lines of a Go program's end belong together
		eachLine(stderr, func(line []byte) {
			words.hear(line)
			ok, dropped := allowed.take(len(line))
			if dropped > 0 {
				fmt.Fprintf(in, "[WARN] %d lines of this plugin's log were dropped\n", dropped)
			}
			knows := leveled.Match(line)
			ending = ending || knows && (line[0] == 'p' || line[0] == 'f')
			switch {
			case !ok:
			case knows || ending:
				_, _ = in.Write(append(line, '\n'))
			default:
				logPrinted(logger, line)
			}
		})
	})
	return out
}

func logPrinted(logger hclog.Logger, line []byte) {
	logger.Info("plugin output", "line", sdk.Clip(string(line), maxLine))
}

// lineLog logs lines that are not a log, bounded. It is also a writer for go-plugin's copy of what the plugin's code prints.
type lineLog struct {
	logger hclog.Logger

	mu      sync.Mutex
	allowed allowance
	partial []byte
}

func (l *lineLog) line(line []byte) {
	ok, dropped := l.allowed.take(len(line))
	if dropped > 0 {
		l.logger.Warn("lines of plugin output were dropped", "lines", dropped)
	}
	if ok {
		logPrinted(l.logger, line)
	}
}

// Write takes any piece of output and logs the lines that it completes.
func (l *lineLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for rest := p; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			l.keep(rest)
			break
		}
		l.keep(rest[:end])
		l.line(l.partial)
		l.partial = l.partial[:0]
		rest = rest[end+1:]
	}
	return len(p), nil
}

func (l *lineLog) keep(piece []byte) {
	l.partial = append(l.partial, piece[:min(len(piece), maxLine-len(l.partial))]...)
}
