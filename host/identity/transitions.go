package identity

import (
	"fmt"
	"strings"
)

// Transitions is a set of the protocol's transitions that a credential may ask for. The zero value is none of them.
//
// register_tool and grant_override are not among them: those are a person's, and signed.
type Transitions uint16

// Each is a set of one.
const (
	Delegate Transitions = 1 << iota
	Revoke
	CascadeRevoke
	InvokeStart
	InvokeComplete
	ReturnEndorsed
	ReturnUnendorsed
	EgressCheck
	GrantCapability
	Elevate

	AllTransitions Transitions = 1<<iota - 1
)

var transitionNames = [...]string{
	"delegate", "revoke", "cascade_revoke", "invoke_start", "invoke_complete", "return_endorsed", "return_unendorsed", "egress_check",
	"grant_capability", "elevate",
}

// ParseTransitions reads the protocol's names.
func ParseTransitions(names []string) (Transitions, error) {
	var s Transitions
	for _, name := range names {
		one, known := parseTransition(name)
		if !known {
			return 0, fmt.Errorf("there is no transition %.40q that an agent may ask for; there are %s", name, AllTransitions)
		}
		s |= one
	}
	return s, nil
}

func parseTransition(name string) (Transitions, bool) {
	for i, known := range transitionNames {
		if name == known {
			return 1 << i, true
		}
	}
	return 0, false
}

// Has reports whether all of want are in the set. Nothing is in none.
func (s Transitions) Has(want Transitions) bool { return want != 0 && s&want == want }

// Names lists the set in the protocol's order.
func (s Transitions) Names() []string {
	names := []string{}
	for i, name := range transitionNames {
		if s.Has(1 << i) {
			names = append(names, name)
		}
	}
	return names
}

func (s Transitions) String() string { return strings.Join(s.Names(), ",") }

// MarshalText writes the names, so that a person can read a record without a table.
func (s Transitions) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads them back. A name that is not known is an error: a record of it would allow something else.
func (s *Transitions) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*s = 0
		return nil
	}
	*s, err = ParseTransitions(strings.Split(string(text), ","))
	return err
}
