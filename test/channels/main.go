package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// most bounds the whole judgement.
const most = 5 * time.Minute

func main() {
	programs := flag.String("programs", "bin", "the folder of argus, plugins/ and tools/speaker, as `make channels` builds them")
	asJSON := flag.Bool("json", false, "print JSON")
	only := flag.String("only", "", "try only the attacks whose way or path holds this text")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "Attacks a running Argus by every way in which MCP carries bytes. `make channels` builds what it needs.\n\n"+
			"  channels                    try everything; the exit status is 1 if anything leaked, failed or could not be tried\n"+
			"  channels -only elicitation  try what concerns elicitation\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	t, err := judge(ctx, *programs, func(a attack) bool { return strings.Contains(a.way, *only) || strings.Contains(a.path, *only) })
	if err == nil && *asJSON {
		err = t.json(os.Stdout)
	} else if err == nil {
		err = t.print(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "channels:", err)
		os.Exit(1)
	}
	if !t.sound() {
		os.Exit(1)
	}
}

// judge builds a house and tries the attacks that are wanted.
func judge(ctx context.Context, programs string, wanted func(attack) bool) (t table, err error) {
	programs, err = filepath.Abs(programs)
	if err != nil {
		return t, err
	}
	folder, err := os.MkdirTemp("", "argus")
	if err != nil {
		return t, err
	}
	defer os.RemoveAll(folder)
	h, err := build(ctx, programs, filepath.Join(folder, "a"), filepath.Join(programs, "tools", "speaker"))
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	for _, a := range slices.Concat(outward(), inward(), keys()) {
		if !wanted(a) {
			continue
		}
		out, control, err := a.try(ctx, h)
		if err := ctx.Err(); err != nil {
			return t, err
		}
		if r := t.add(a, out, control, err); r.Verdict != blocked || !r.Control {
			fmt.Fprintf(os.Stderr, "%s, %s, %s: %s, control %v %s\n", r.Way, r.Path, r.Mix, r.Verdict, r.Control, r.Reason)
		}
	}
	return t, nil
}
