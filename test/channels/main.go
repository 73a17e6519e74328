package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"argus/internal/installed"
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
	installed.Run("channels", most, func(ctx context.Context) (bool, error) {
		t, err := judge(ctx, *programs, func(a attack) bool { return strings.Contains(a.way, *only) || strings.Contains(a.path, *only) })
		if err != nil {
			return false, err
		}
		if *asJSON {
			return t.sound(), t.json(os.Stdout)
		}
		return t.sound(), t.print(os.Stdout)
	})
}

// judge builds a house and tries the attacks that are wanted.
func judge(ctx context.Context, programs string, wanted func(attack) bool) (t table, err error) {
	h, err := build(ctx, programs)
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
