package sdk

import (
	"errors"

	"google.golang.org/grpc"
)

// Link is the host's end of a plugin's connection, which comes and goes with the plugin's process while the Client on top of it
// stays. Whoever starts the plugin calls Up only after Describe and Configure have succeeded.
type Link struct {
	plugin   string
	report   func(error)
	state    Latest[linkState]
	returned Latest[struct{}]
}

type linkState struct {
	conn grpc.ClientConnInterface
	why  error // when conn is nil
}

// NewLink is a link that is down. report is told, from any goroutine, what a Client can tell nobody else, such as a stream that
// broke; nil drops it.
func NewLink(plugin string, report func(error)) *Link {
	if report == nil {
		report = func(error) {}
	}
	l := &Link{plugin: plugin, report: report}
	l.Down(errors.New("not started yet"))
	return l
}

// Plugin is the name under which the host knows the plugin.
func (l *Link) Plugin() string { return l.plugin }

// Up makes conn the connection.
func (l *Link) Up(conn grpc.ClientConnInterface) {
	l.state.Set(linkState{conn: conn})
	l.returned.Set(struct{}{})
}

// Down takes the connection away. why is told to everyone who asks for it.
func (l *Link) Down(why error) { l.state.Set(linkState{why: why}) }

// Conn is the connection and a channel that is closed when it is no longer the one to use. While the link is down the error is
// an Unavailable, and the channel tells when to look again.
func (l *Link) Conn(op string) (grpc.ClientConnInterface, <-chan struct{}, error) {
	state, changed := l.state.Get()
	if state.conn == nil {
		return nil, changed, l.Fail(Unavailable, op, state.why)
	}
	return state.conn, changed, nil
}

// Returns is closed when the plugin is up next. Whoever takes it before a call, and waits for it after the call has failed, misses no
// return between the two.
func (l *Link) Returns() <-chan struct{} {
	_, returned := l.returned.Get()
	return returned
}

// Fail is a Failure of this plugin.
func (l *Link) Fail(kind FailureKind, op string, cause error) *Failure {
	return &Failure{Kind: kind, Plugin: l.plugin, Op: op, Cause: cause}
}

// Report hands err to whoever made the link.
func (l *Link) Report(err error) { l.report(err) }
