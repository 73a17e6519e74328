package upstream

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"argus/internal/ijson"
)

// maxReport bounds the helper's line.
const maxReport = 64 << 10

// confinement is what the helper says it applied: {"applied":[...],"landlock_abi":N}, or {"error":"..."}.
type confinement struct {
	applied     []string
	landlockABI int
}

// covers refuses when a required protection is not in force.
func (c confinement) covers(required []string) error {
	var missing []string
	for _, r := range required {
		if !slices.Contains(c.applied, r) {
			missing = append(missing, r)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the helper did not apply %s; see what argus doctor says about this machine", strings.Join(missing, ", "))
	}
	return nil
}

// readReport reads to the end of the pipe. A line without the end means that the server inherited the descriptor, and could
// have written the line.
func readReport(f *os.File, within time.Duration) (confinement, error) {
	if err := f.SetReadDeadline(time.Now().Add(within)); err != nil {
		return confinement{}, err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxReport+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return confinement{}, fmt.Errorf("the helper did not report within %v", within)
	case err != nil:
		return confinement{}, fmt.Errorf("read the helper's report: %w", err)
	case len(b) == 0:
		return confinement{}, errors.New("the helper ended without a report")
	case len(b) > maxReport:
		return confinement{}, errors.New("the helper's report is too long")
	}
	return parseReport(b)
}

func parseReport(b []byte) (confinement, error) {
	v, err := ijson.Parse(b, ijson.AtMost(maxReport))
	if err != nil {
		return confinement{}, fmt.Errorf("the helper's report: %w", err)
	}
	if reason, ok := v.Member("error"); ok {
		text, _ := reason.Text()
		return confinement{}, fmt.Errorf("the helper refused: %s", text)
	}
	applied, ok := v.Member("applied")
	if !ok || applied.Kind() != ijson.Array {
		return confinement{}, errors.New("the helper's report lists nothing applied")
	}
	var c confinement
	for _, item := range applied.Items() {
		name, ok := item.Text()
		if !ok {
			return confinement{}, errors.New("the helper's report lists something that is no name")
		}
		c.applied = append(c.applied, name)
	}
	if abi, ok := v.Member("landlock_abi"); ok {
		if n, ok := abi.Number(); ok {
			version, _ := n.Int64()
			c.landlockABI = int(version)
		}
	}
	return c, nil
}
