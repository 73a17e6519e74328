package catalog

import "argus/plugin/sdk"

// State is where a plugin is in its life.
type State string

// The states of a plugin. The zero State is none.
const (
	Starting State = "starting"
	Running  State = "running"
	Waiting  State = "waiting" // it failed and is started again after a pause
	Stopped  State = "stopped"
)

// Status is what `argus status` shows of a plugin.
type Status struct {
	Name      string
	Kind      sdk.Kind
	Version   string // as the plugin tells; empty until it ran once
	State     State
	PID       int // 0 when it does not run
	Restarts  int // how often it was started again
	LastError string
}

func (p *supervised) tell() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := p.status
	if p.live != nil {
		status.PID = p.live.pid()
	}
	return status
}
