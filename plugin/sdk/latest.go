package sdk

import "sync"

// Latest is a value that changes and that others wait for. The zero Latest holds the zero T. It must not be copied.
type Latest[T any] struct {
	mu      sync.Mutex
	value   T
	changed chan struct{}
}

// Set replaces the value and wakes everyone who waits.
func (l *Latest[T]) Set(value T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.value = value
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// Get is the value and a channel that is closed as soon as there is a newer one.
func (l *Latest[T]) Get() (T, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.value, l.changed
}
