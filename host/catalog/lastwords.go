package catalog

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"argus/plugin/sdk"
)

// Bounds of what is told of a plugin's output with the error of its start.
const (
	mostWords = 3 // lines
	maxWord   = 256
)

// lastWords are the last lines that a plugin printed, wherever to, before it said where it can be reached. They are told with the error of a
// start that failed, since a log can be far from who reads that.
type lastWords struct {
	reading sync.WaitGroup // of its output

	mu      sync.Mutex
	lines   []string
	greeted bool
}

func (w *lastWords) hear(line []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.greeted {
		return
	}
	w.lines = append(w.lines, sdk.Clip(string(line), maxWord))
	w.lines = w.lines[max(0, len(w.lines)-mostWords):]
}

// greet notes that the plugin said where it can be reached. What it prints from now on is not kept.
func (w *lastWords) greet() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.greeted, w.lines = true, nil
}

// explain is why a start failed: err, or what the plugin did in place of a handshake. end says how it ended by itself; nil: it did not.
func (w *lastWords) explain(err error, end *os.ProcessState) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.greeted {
		return err
	}
	what := "it did not say in time where it can be reached"
	if end != nil {
		what = fmt.Sprintf("it ended (%s) before it said where it can be reached", end)
	}
	if len(w.lines) == 0 {
		return fmt.Errorf("%s, and printed nothing", what)
	}
	return fmt.Errorf("%s; the last that it printed: %s", what, strings.Join(w.lines, " / "))
}
