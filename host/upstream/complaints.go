package upstream

import (
	"bufio"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	longestLine   = 4 << 10 // read of one line of standard error; the rest is skipped
	longestLogged = 1 << 10
	linesLogged   = 50 // in each budgetWindow
	shortSecret   = 6  // shorter values would hide ordinary words
)

// listen logs the server's standard error until it ends, at a bounded rate. Values of the server's environment are
// replaced by their names, as far as they appear literally: servers like to print their settings.
func listen(p *process, s *server) {
	in := bufio.NewReaderSize(p.pipes[complaint], longestLine)
	hide, longest := hider(p.hidden)
	rate := budget{most: linesLogged}
	for {
		line, err := in.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if full {
			line = line[:max(0, len(line)-longest)] // it may end inside a secret
		}
		switch {
		case len(line) == 0:
		case rate.spend(time.Now(), 1):
			s.log.Info("server wrote to standard error", "line", printable(cut(hide.Replace(string(line)), longestLogged)))
		default:
			s.counts.unlogged.Add(1)
		}
		for full {
			_, err = in.ReadSlice('\n')
			full = errors.Is(err, bufio.ErrBufferFull)
		}
		if err != nil {
			return
		}
	}
}

// hider replaces what the environment holds, and tells the length of its longest value.
func hider(env map[string]string) (hide *strings.Replacer, longest int) {
	type pair struct{ value, name string }
	var pairs []pair
	for name, value := range env {
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= shortSecret {
				pairs = append(pairs, pair{line, name})
				longest = max(longest, len(line))
			}
		}
	}
	// Of two values that begin alike the longer one must win.
	slices.SortFunc(pairs, func(a, b pair) int { return len(b.value) - len(a.value) })
	var list []string
	for _, p := range pairs {
		list = append(list, p.value, "["+p.name+"]")
	}
	return strings.NewReplacer(list...), longest
}

// printable keeps a server from drawing on the terminal of whoever reads the log.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, strings.TrimSpace(line))
}
