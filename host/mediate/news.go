package mediate

import (
	"sync"

	"argus/host/upstream"
)

// maxUnheard is how much news waits for one listener. What comes beyond it is lost to that listener, and to nobody else.
const maxUnheard = 256

// News is what a server said outside any call. It was not admitted: whoever hands it to an agent must ask [Mediator.Admit] first.
type News struct {
	Server string
	upstream.News
}

// audience are those who listen to all servers' news.
type audience struct {
	mu        sync.Mutex
	listening map[*Listening]bool
}

// Listening hears the news of all servers until it is closed.
type Listening struct {
	audience *audience
	news     chan News
}

// Listen begins to hear news. The caller must Close it.
func (m *Mediator) Listen() *Listening {
	l := &Listening{&m.audience, make(chan News, maxUnheard)}
	m.audience.mu.Lock()
	defer m.audience.mu.Unlock()
	if m.audience.listening == nil {
		m.audience.listening = map[*Listening]bool{}
	}
	m.audience.listening[l] = true
	return l
}

// News is never closed.
func (l *Listening) News() <-chan News { return l.news }

// Close ends the listening. It may be called twice.
func (l *Listening) Close() {
	l.audience.mu.Lock()
	defer l.audience.mu.Unlock()
	delete(l.audience.listening, l)
}

// Hear tells everybody who listens. It never waits.
func (m *Mediator) Hear(server string, n upstream.News) {
	m.audience.mu.Lock()
	defer m.audience.mu.Unlock()
	for l := range m.audience.listening {
		select {
		case l.news <- News{server, n}:
		default: // it does not keep up
		}
	}
}
