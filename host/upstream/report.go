package upstream

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"argus/plugin/sdk/sandbox/report"
)

// readReport waits for the helper's report and returns the protections in force, which are at least those required. It reads
// to the end of the pipe: a line without the end means that the server inherited the descriptor, and could have written it.
func readReport(f *os.File, within time.Duration, required []string) (applied []string, err error) {
	if err := f.SetReadDeadline(time.Now().Add(within)); err != nil {
		return nil, err
	}
	told, err := report.Read(f)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, fmt.Errorf("the helper did not report within %v", within)
	}
	if err != nil {
		return nil, err
	}
	for _, p := range told.Protections {
		applied = append(applied, string(p))
	}
	missing := slices.DeleteFunc(slices.Clone(required), func(r string) bool { return slices.Contains(applied, r) })
	if len(missing) > 0 {
		return nil, fmt.Errorf("the helper did not apply %s; see what argus doctor says about this machine", strings.Join(missing, ", "))
	}
	return applied, nil
}
