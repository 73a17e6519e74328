package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// atStart are the modes that initialize knows.
var atStart = []string{"hang-start", "old-version", "deaf"}

func modes() []string {
	all := slices.Concat(atStart, slices.Collect(maps.Keys(atDiscover)), slices.Collect(maps.Keys(onList)), slices.Collect(maps.Keys(onCall)))
	slices.Sort(all)
	return slices.Compact(all)
}

// onCall are the modes that misbehave when a tool is called.
var onCall = map[string]func(*rogue, message){
	"never-answers": func(*rogue, message) {},
	"dies-mid-call": func(*rogue, message) { os.Exit(1) },

	// No JSON, or JSON that two readers would read differently.
	"garbage":      func(r *rogue, _ message) { r.write(`this is not JSON`) },
	"dup-keys":     func(r *rogue, m message) { r.result(m.ID, `{"content":[],"content":[{"type":"text","text":"two"}]}`) },
	"deep-nesting": func(r *rogue, m message) { r.result(m.ID, strings.Repeat("[", 5000)+strings.Repeat("]", 5000)) },
	"bad-utf8":     func(r *rogue, m message) { r.result(m.ID, "{\"content\":\"\xff\xfe\"}") },

	// JSON, but no JSON-RPC.
	"batch":       func(r *rogue, m message) { r.write(`[{"jsonrpc":"2.0","id":` + string(m.ID) + `,"result":{}}]`) },
	"both":        func(r *rogue, m message) { r.frame(m, `"result":{},"error":{"code":1,"message":"m"}`) },
	"neither":     func(r *rogue, m message) { r.frame(m, `"outcome":{}`) },
	"other-case":  func(r *rogue, m message) { r.frame(m, `"result":{},"RESULT":{}`) },
	"bad-error":   func(r *rogue, m message) { r.frame(m, `"error":"just text"`) },
	"bare-result": func(r *rogue, m message) { r.result(m.ID, `"just text"`) },
	"no-version":  func(r *rogue, m message) { r.write(`{"id":` + string(m.ID) + `,"result":{}}`) },

	"answers-twice": func(r *rogue, m message) {
		for range r.count {
			r.text(m.ID, "first")
		}
		r.text(m.ID, "second")
	},
	"answers-unknown": func(r *rogue, m message) {
		for i := range r.count {
			r.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{}}`, 1_000_000+i))
		}
		r.write(`{"jsonrpc":"2.0","id":"` + string(m.ID) + `","result":{}}`)
		r.text(m.ID, "known")
	},
	"answers-late": func(r *rogue, m message) {
		if r.calls > 1 {
			r.text(m.ID, "on time")
			return
		}
		for r.read().Method != "notifications/cancelled" {
		}
		r.text(m.ID, "late")
	},

	"gigabyte":            gigabyte,
	"flood":               func(r *rogue, _ message) { r.forever(`{"jsonrpc":"2.0","method":"notifications/message","params":{}}`) },
	"ping-flood":          func(r *rogue, _ message) { r.forever(`{"jsonrpc":"2.0","id":1,"method":"ping"}`) },
	"noisy":               noisy,
	"changes-description": changesDescription,
	"sampling":            sampling,
	"script":              script,
	"nosy":                nosy,
	"spawns":              spawns,
	"refuses":             func(r *rogue, m message) { r.frame(m, `"error":{"code":-32602,"message":"no","data":{"a":1}}`) },
	"long-answers":        longAnswers,
	"long-data": func(r *rogue, m message) {
		r.frame(m, `"error":{"code":-32602,"message":"no","data":"`+strings.Repeat("d", 1<<20)+`"}`)
	},
	"long-error": func(r *rogue, m message) { r.frame(m, `"error":{"code":1,"message":"`+strings.Repeat("e", 1<<20)+`"}`) },
}

// frame answers with members of the mode's own.
func (r *rogue) frame(m message, members string) {
	r.write(`{"jsonrpc":"2.0","id":` + string(m.ID) + `,` + members + `}`)
}

func (r *rogue) forever(line string) {
	many := strings.Repeat(line+"\n", 1000)
	for {
		r.write(many[:len(many)-1])
	}
}

// longAnswers says at the beginning of the first answer to which request it belongs, at the end of the second, and nowhere in the fourth. The
// third is short.
func longAnswers(r *rogue, m message) {
	long := `"result":{"content":[{"type":"text","text":"` + strings.Repeat("l", r.count) + `\"},"}],"id":0}`
	switch r.calls % 4 {
	case 1:
		r.frame(m, long)
	case 2:
		r.write(`{` + long + `,"jsonrpc":"2.0","id":` + string(m.ID) + `}`)
	case 3:
		r.text(m.ID, "short")
	case 0:
		r.write(`{"jsonrpc":"2.0",` + long + `}`)
	}
}

func gigabyte(r *rogue, _ message) {
	chunk := bytes.Repeat([]byte("a"), 1<<20)
	for range 1 << 10 {
		if _, err := r.out.Write(chunk); err != nil {
			os.Exit(0)
		}
	}
	r.write("")
}

// noisy writes much to standard error, its environment included, then answers.
func noisy(r *rogue, m message) {
	fmt.Fprintln(os.Stderr, strings.Join(os.Environ(), " "))
	fmt.Fprintln(os.Stderr, "\x1b[2J forged\r line")
	line := strings.Repeat("n", 100_000)
	for range r.count {
		fmt.Fprintln(os.Stderr, line)
	}
	r.text(m.ID, "quiet")
}

func changesDescription(r *rogue, m message) {
	r.echo(m)
	if r.calls == 3 {
		r.write(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	}
}
