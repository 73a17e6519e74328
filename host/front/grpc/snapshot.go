package grpc

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"argus/host/identity"
	"argus/host/mediate"
	"argus/kernel"
	agentv1 "argus/proto/argus/agent/v1"
)

const (
	usualPage = 100
	mostPage  = 1000
	walkLife  = time.Minute // since its last page
	mostWalks = 4           // of one owner
)

// walk is one reading of a moment, page by page.
type walk struct {
	owner  string // a principal, and the root of what its credential covers
	moment mediate.Moment
	used   time.Time
}

// walks keeps the moments that are being read.
type walks struct {
	mu   sync.Mutex
	open map[string]*walk // by the part of their tokens that nobody guesses
}

func newWalks() *walks { return &walks{open: map[string]*walk{}} }

// begin keeps a moment, in the place of the one that this principal has left alone the longest if its owner has too many.
func (w *walks) begin(owner string, m mediate.Moment) (id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, own, oldest := time.Now(), 0, ""
	for id, one := range w.open {
		switch {
		case now.Sub(one.used) > walkLife:
			delete(w.open, id)
		case one.owner == owner:
			if own++; oldest == "" || one.used.Before(w.open[oldest].used) {
				oldest = id
			}
		}
	}
	if own >= mostWalks {
		delete(w.open, oldest)
	}
	id = rand.Text()
	w.open[id] = &walk{owner, m, now}
	return id
}

// next finds the moment that a token continues. Another principal's token is none.
func (w *walks) next(owner, token string) (id string, m mediate.Moment, from int, ok bool) {
	id, offset, _ := strings.Cut(token, ".")
	from, err := strconv.Atoi(offset)
	w.mu.Lock()
	defer w.mu.Unlock()
	one, open := w.open[id]
	if !open || err != nil || one.owner != owner || from < 0 || from >= len(one.moment.Agents) || time.Since(one.used) > walkLife {
		return "", mediate.Moment{}, 0, false
	}
	one.used = time.Now()
	return id, one.moment, from, true
}

// Snapshot shows the principal's agents at one moment, a page at a time.
func (k kernelService) Snapshot(ctx context.Context, q *agentv1.SnapshotRequest) (*agentv1.SnapshotReply, error) {
	size, err := pageSize(q.GetPageSize())
	if err != nil {
		return nil, err
	}
	g := grantOf(ctx)
	owner := g.Principal.Name + " " + string(g.Root)
	id, m, from, known := k.walks.next(owner, q.GetPageToken())
	switch {
	case q.GetPageToken() == "":
		if m, err = k.Mediator.Moment(g); err != nil {
			return nil, err
		}
	case !known:
		return nil, invalid("snapshot", errors.New("page_token was not given to this agent, or is older than a minute"))
	}
	to := min(from+size, len(m.Agents))
	reply := &agentv1.SnapshotReply{Sequence: m.Sequence, Theory: string(m.Theory)}
	ids := map[kernel.AgentID]identity.ContextID{}
	for _, a := range m.Agents {
		ids[a.ID] = a.Context
	}
	named := names(func(id kernel.AgentID) identity.ContextID { return ids[id] })
	for _, a := range m.Agents[from:to] {
		reply.Agents = append(reply.Agents, named.state(a))
	}
	if to < len(m.Agents) {
		if id == "" {
			id = k.walks.begin(owner, m)
		}
		reply.NextPageToken = id + "." + strconv.Itoa(to)
	}
	return reply, nil
}

func (n names) state(a mediate.Shown) *agentv1.AgentState {
	w := &agentv1.AgentState{
		Agent: n.ref(a.ID), Parent: n.ref(a.Parent), Acts: a.Acts,
		Exposure: exposure(a.Exposure), Speculative: exposure(a.Speculative), Bits: a.Bits,
	}
	for c := range a.Caps.All() {
		w.Capabilities = append(w.Capabilities, string(c))
	}
	for id := range a.Flights.All() {
		w.Invocations = append(w.Invocations, uint64(id))
	}
	return w
}

func pageSize(asked uint32) (int, error) {
	switch {
	case asked == 0:
		return usualPage, nil
	case asked > mostPage:
		return 0, invalid("page", errors.New("page_size is at most 1000"))
	}
	return int(asked), nil
}
