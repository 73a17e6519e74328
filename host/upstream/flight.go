package upstream

import "sync"

// flight is a call in whose middle its server may speak. Its methods may be used on nil, which hears nothing.
type flight struct {
	listener  Listener // nil: it only keeps others from being taken for the one who is spoken to
	abilities Abilities
	logs      Severity // the least that it wants, or none
	progress  bool
	questions *questions

	mu   sync.Mutex
	over bool
}

// hears lets say speak to the listener, if the call is not over. Nothing reaches a listener after its call's end.
func (f *flight) hears(say func(Listener)) bool {
	if f == nil || f.listener == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return false
	}
	say(f.listener)
	return true
}

// end says that the call is over: its open questions are withdrawn.
func (f *flight) end() {
	if f == nil {
		return
	}
	f.mu.Lock()
	f.over = true
	f.mu.Unlock()
	f.questions.withdrawAll(f)
}
