package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"argus/internal/installed"
)

// most bounds the whole run.
const most = 2 * time.Minute

func main() {
	programs := flag.String("programs", "bin", "the folder of argus, plugins/, tools/stub and tools/agent, as `make grpc-e2e` builds them")
	script := flag.String("typescript", "", "run this agent of TypeScript too, by the node of the path")
	only := flag.String("only", "", "tell only the stories whose name holds this text")
	flag.Parse()
	installed.Run("grpc", most, func(ctx context.Context) (bool, error) {
		failed, err := tell(ctx, *programs, *script, *only)
		return len(failed) == 0, err
	})
}

// tell builds a house and tells it the stories, and answers with the names of those that failed. The restart comes last: it ends what others would use.
func tell(ctx context.Context, programs, script, only string) (failed []string, err error) {
	h, err := build(ctx, programs)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	told, refused := 0, 0
	for _, s := range slices.Concat(
		examples(h.Programs, script), flows(), trees(), calls(), bearers(), address(), persons(), services(), forms(), restart(),
	) {
		if !strings.Contains(s.name, only) {
			continue
		}
		h.refused = 0
		if err := s.tell(ctx, h); err != nil {
			failed = append(failed, s.name)
			fmt.Printf("FAILED %s: %v\n", s.name, err)
			continue
		}
		told, refused = told+1, refused+h.refused
		fmt.Printf("ok     %s, %d refused\n", s.name, h.refused)
	}
	if told+len(failed) == 0 {
		return nil, fmt.Errorf("no story holds %q", only)
	}
	if len(failed) > 0 {
		fmt.Printf("%d stories failed\n", len(failed))
	}
	fmt.Printf("grpc: %d stories, %d refused as expected\n", told, refused)
	return failed, nil
}
