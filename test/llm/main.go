package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"argus/internal/installed"
)

// most bounds the whole run.
const most = 8 * time.Minute

func main() {
	programs := flag.String("programs", "bin", "the folder of argus, plugins/, tools/stub and tools/goagent, as `make llm-e2e` builds them")
	scripts := flag.String("scripts", "test/llm/agents", "the folder of the agents for Node, with their packages")
	only := flag.String("only", "", "try only what holds this text")
	flag.Parse()
	installed.Run("llm", most, func(ctx context.Context) (bool, error) {
		wanted := func(name string) bool { return strings.Contains(name, *only) }
		told, err := try(ctx, *programs, clients(*programs, *scripts), wanted)
		return told.failed == 0 && told.leaked == 0, err
	})
}

// outcome is what became of all cases.
type outcome struct{ cases, failed, leaked int }

// try builds a world and tries the wanted cases in it.
func try(ctx context.Context, programs string, all []client, wanted func(name string) bool) (told outcome, err error) {
	w := &world{}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.open(ctx, programs); err != nil {
		return told, err
	}
	for _, k := range kinds() {
		for _, way := range ways(all) {
			name := k.name + ": " + way.String()
			if !k.fits(way) || !wanted(name) {
				continue
			}
			told.cases++
			if err := k.try(ctx, w, way); err != nil {
				told.failed++
				fmt.Printf("FAILED %s: %v\n", name, err)
				continue
			}
			fmt.Printf("ok     %s\n", name)
		}
	}
	if told.cases == 0 {
		return told, errors.New("no case was wanted")
	}
	if told.failed > 0 {
		fmt.Printf("%d cases failed\n", told.failed)
	}
	told.leaked = w.leaked
	fmt.Printf("llm: %d vendors, %d cases, %d calls leaked\n", len(w.vendors()), told.cases, told.leaked)
	return told, nil
}

// open starts the vendors and the installations. Whatever is open after an error is closed by close.
func (w *world) open(ctx context.Context, programs string) (err error) {
	if w.openai, err = serveVendor(); err != nil {
		return err
	}
	if w.anthropic, err = serveVendor(); err != nil {
		return err
	}
	for _, one := range []struct {
		house    **house
		settings map[string]string
	}{
		{&w.tell, map[string]string{}},
		{&w.retry, map[string]string{"on_refusal": `"retry"`}},
		{&w.host, map[string]string{"host_tools": "true"}},
	} {
		if *one.house, err = build(ctx, programs, w.openai, w.anthropic, one.settings); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) vendors() []*vendor { return []*vendor{w.openai, w.anthropic} }

func (w *world) close() error {
	var errs []error
	for _, h := range []*house{w.tell, w.retry, w.host} {
		if h != nil {
			errs = append(errs, h.close())
		}
	}
	for _, v := range w.vendors() {
		if v != nil {
			errs = append(errs, v.close())
		}
	}
	return errors.Join(errs...)
}
