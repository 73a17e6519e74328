package chat

import (
	"strings"

	"argus/host/front/llm/wire"
)

// turn is what was said in a round.
type turn struct {
	text, thoughts strings.Builder
	calls          []string
}

func (a *answer) Turn() wire.Turn {
	if !a.keep || len(a.choices) != 1 {
		return nil
	}
	return wire.Turn{a.choices[0].message()}
}

// message is the turn of a choice as a request has it.
func (c *choice) message() string {
	m := `{"role":"assistant","content":`
	if c.turn.text.Len() > 0 {
		m += quote(c.turn.text.String())
	} else {
		m += `null`
	}
	if c.turn.thoughts.Len() > 0 {
		m += `,"reasoning_content":` + quote(c.turn.thoughts.String())
	}
	switch {
	case len(c.turn.calls) == 0:
	case c.legacy:
		m += `,"function_call":` + c.turn.calls[0]
	default:
		m += `,"tool_calls":[` + strings.Join(c.turn.calls, ",") + `]`
	}
	return m + `}`
}

// note keeps what the choices of a chunk say, for the turn, and that they are there.
func (a *answer) note() error {
	if !a.keep {
		return nil
	}
	for i := range a.said {
		if err := a.record(&a.said[i]); err != nil {
			return err
		}
	}
	return nil
}

// record keeps what one choice says, if turns are kept.
func (a *answer) record(s *said) error {
	c := a.at(s.position)
	if !a.keep {
		return nil
	}
	said, _ := s.content.Text()
	thought, _ := s.thoughts.Text()
	c.turn.text.WriteString(said)
	c.turn.thoughts.WriteString(thought)
	return a.weigh(len(said) + len(thought))
}
