package mcp

import (
	"context"
	"sync"

	"argus/host/inventory"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

func (s *session) setLogLevel(level upstream.Severity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.level = level
}

func (s *session) logLevel() upstream.Severity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.level
}

// wanted reports whether a log message reaches whoever wants those of a level and above. Who wants no level gets none.
func wanted(message ijson.Value, least upstream.Severity) bool {
	level, _ := text(message, "level")
	return least.Admits(upstream.SeverityOf(level))
}

// loudness is what each server was told to log. A server has one level, and agents have many: it keeps the least that any asked for, and each
// session drops what it did not ask for.
type loudness struct {
	mu sync.Mutex
	of map[string]upstream.Severity // by server
}

// wants reports whether a server has to be told of a level. One that it has is told again: a server that was started anew has forgotten it.
func (l *loudness) wants(server string, level upstream.Severity) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	has, told := l.of[server]
	return !told || level.Admits(has)
}

func (l *loudness) told(server string, level upstream.Severity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]upstream.Severity{}
	}
	if has, told := l.of[server]; !told || level.Admits(has) {
		l.of[server] = level
	}
}

// logging are the servers whose log is declared and whose level can be set.
func logging(stock *inventory.Inventory) []string {
	if stock == nil {
		return nil
	}
	var names []string
	for _, s := range stock.Servers() {
		if _, declared := stock.Channel(s.Name, registry.Log); declared && s.Logging {
			names = append(names, s.Name)
		}
	}
	return names
}

// setLevel sets from which level on the session wants log messages. Telling a server is a call of its own. One that is refused or fails is
// counted: the session gets what that server logs anyway.
func (f *Front) setLevel(ctx context.Context, t turn) answer {
	name, _ := text(t.params, "level")
	level := upstream.SeverityOf(name)
	if !fits(t.params, "level") || level == 0 {
		return answer{err: wrongParams}
	}
	t.session.setLogLevel(level)
	withheld := 0
	for _, server := range logging(f.Mediator.Inventory()) {
		if !f.loudness.wants(server, level) {
			continue
		}
		reply, err := f.Mediator.UseChannel(ctx, t.who, server, registry.Log, t.method, object("level", level.String()), nil)
		switch {
		case err != nil && (ctx.Err() != nil || !passing(err)):
			return answer{err: f.failed(err, t.method)}
		case err != nil || reply.Refusal != nil || reply.Failure != nil:
			withheld++
		default:
			f.loudness.told(server, level)
		}
	}
	return answer{result: appendWithheld([]byte{'{'}, withheld)}
}
