package demo

// Kind says what a story tries.
type Kind int

// The kinds. A story without one is an attack.
const (
	Attack Kind = iota // it must be blocked
	Benign             // it must be allowed
)

// Story is something that agents try.
type Story struct {
	Name  string // unique; agents are named after it
	Title string
	Kind  Kind
	Rules []string // of an attack: the rules that refuse its attempts, in their order
	Play  func(*Stage)
}

// Stories are all that the demo plays, in this order.
func Stories() []Story {
	var all []Story
	for _, part := range [][]Story{trifectaStories, readingStories, childStories, integrityStories, storeStories} {
		all = append(all, part...)
	}
	return all
}
