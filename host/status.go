package host

import (
	"time"

	"argus/host/upstream"
	operatorv1 "argus/proto/argus/operator/v1"
)

// URL is where agents find Argus.
func (h *Host) URL() string { return h.url }

// Status is what `argus status` shows.
func (h *Host) Status() *operatorv1.StatusReply {
	now := h.ledger.Current()
	started, refused := h.mediator.Counts()
	reply := &operatorv1.StatusReply{
		Version: Version, StateFolder: h.config.State, McpAddress: h.URL(), Theory: string(now.Theory.Digest()), Sequence: now.Sequence,
		LlmAddress: h.ModelsURL(),
		Problems:   h.stock.Problems(), Started: started, Refused: refused, UptimeSeconds: int64(time.Since(h.began).Seconds()),
	}
	if h.remoteAt != nil {
		reply.GrpcAddress = h.remoteAt.Addr().String()
	}
	if err := h.ledger.Cause(); err != nil {
		reply.Halted = err.Error()
	}
	if h.auditor != nil && h.auditor.Problem() != "" {
		reply.Problems = append(reply.Problems, h.auditor.Problem())
	}
	reply.Vendors = h.vendors()
	for _, c := range h.config.Clients {
		reply.Programs = append(reply.Programs, &operatorv1.Program{Name: c.Name, Agents: c.Agents})
	}
	for _, p := range h.catalog.Status() {
		reply.Plugins = append(reply.Plugins, &operatorv1.Part{
			Name: p.Name, State: string(p.State), Detail: p.LastError, Pid: int32(p.PID), Restarts: uint32(p.Restarts),
		})
	}
	for _, s := range h.set.Status() {
		reply.Servers = append(reply.Servers, serverPart(s))
	}
	return reply
}

func serverPart(s upstream.Status) *operatorv1.Part {
	part := &operatorv1.Part{
		Name: s.Server, State: s.State.String(), Pid: int32(s.PID), Restarts: uint32(max(s.Counts.Starts-1, 0)),
		Protections: s.Applied,
	}
	if s.State != upstream.Ready {
		part.Detail = s.Reason // of a server that is up it is history
	}
	return part
}
