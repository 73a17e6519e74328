package upstream

import (
	"context"
	"errors"
	"os"
)

// Launcher says how a server is confined. Plan is asked before each start and must respect its context. Returns is closed when whoever makes
// the plans is up next: a server whose plan failed meanwhile is started then, and waits no longer. It may be nil, for one who is never away.
type Launcher interface {
	Plan(ctx context.Context, s Spec) (Plan, error)
	Returns() <-chan struct{}
}

// unplanned is why there was nothing to start. Nothing of it is the server's own doing.
type unplanned struct{ why error }

func (u unplanned) Error() string { return "plan the confinement: " + u.why.Error() }

func (u unplanned) Unwrap() error { return u.why }

// Plan is one confined start: the helper, its arguments, and what it has to report before the server may speak.
type Plan struct {
	Helper             *os.File // already verified; executed through this descriptor, then closed by this package
	HelperName         string   // argv[0]
	Arguments          []string // the server's argv is appended
	ReportDescriptor   int      // the helper writes one JSON line here and closes it, before exec
	LifelineDescriptor int      // the helper ends all it started when this reads end-of-file
	Required           []string // protections that the report must list at least
	// Secrets are added to the Spec's Env for this start only. They are resolved when the plan is made, reach the helper and
	// the server, and are kept for the life of the process to hide them in what it logs.
	Secrets map[string]string
}

// maxDescriptor keeps a plan from asking for a table of descriptors.
const maxDescriptor = 63

func (p Plan) check() error {
	if p.Helper == nil {
		return errors.New("the plan names no helper")
	}
	for _, d := range []int{p.ReportDescriptor, p.LifelineDescriptor} {
		if d < 3 || d > maxDescriptor {
			return errors.New("the plan's descriptors must lie between 3 and 63")
		}
	}
	if p.ReportDescriptor == p.LifelineDescriptor {
		return errors.New("the plan uses one descriptor twice")
	}
	return nil
}
