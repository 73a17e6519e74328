package demo

import (
	"maps"
	"strconv"
)

// args are the arguments of a call. ${ID} stands for what the answer of that ID brought the client.
type args map[string]any

// Actor is one agent of a story, as its client process acts: a principal's present context, or a declared one below it.
//
// After the first thing that goes wrong on the stage nothing more is done, and every answer is empty.
type Actor struct {
	stage     *Stage
	client    *client
	principal string
	tokenFile string
	context   string // declared, if any
}

// Call makes a call that the story needs.
func (a *Actor) Call(tool string, with args) Answer { return a.needs(a.marked(tool, with)) }

// CallAsIs makes a call that the story needs, with exactly these arguments: nothing marks it in the log.
func (a *Actor) CallAsIs(tool string, with args) Answer {
	return a.needs(call{tool: tool, arguments: with})
}

// Attempt makes a call that no server may see.
func (a *Actor) Attempt(tool string, with args) Answer {
	c := a.marked(tool, with)
	a.stage.record.forbidden = append(a.stage.record.forbidden, c)
	return a.attempt(c)
}

// AttemptAsIs makes a call that no server may see, with exactly these arguments.
func (a *Actor) AttemptAsIs(tool string, with args) Answer {
	c := call{tool: tool, arguments: with}
	a.stage.record.forbidden = append(a.stage.record.forbidden, c)
	return a.attempt(c)
}

func (a *Actor) needs(c call) Answer {
	answer := a.make(c)
	a.stage.record.needed = append(a.stage.record.needed, made{c, answer})
	return answer
}

func (a *Actor) attempt(c call) Answer {
	a.stage.record.attempts++
	answer := a.make(c)
	a.stage.hear(answer)
	return answer
}

// marked gives a call what only its line in a log has.
func (a *Actor) marked(tool string, with args) call {
	a.stage.calls++
	marker := a.stage.record.story.Name + "." + strconv.Itoa(a.stage.calls)
	all := args{"marker": marker}
	maps.Copy(all, with)
	return call{tool: tool, marker: marker, arguments: all}
}

func (a *Actor) make(c call) Answer { return a.stage.answer(a.client, a.begin(c)) }

func (a *Actor) begin(c call) <-chan Answer {
	s := step{Do: "call", Tool: c.tool, Arguments: c.arguments, Context: a.context, Background: true}
	if a.stage.direct != nil {
		s.To, s.Tool = direct(c.tool)
	}
	return a.stage.tell(a.client, s)
}

// Flight is a call whose answer has not come.
type Flight struct {
	actor  *Actor
	call   call
	answer <-chan Answer
}

// Begin makes a call that the story needs and that takes a while, and returns when its server has begun it.
func (a *Actor) Begin(tool string, with args) *Flight {
	c := a.marked(tool, with)
	f := &Flight{a, c, a.begin(c)}
	a.stage.awaitLog(c)
	return f
}

// End waits for the answer.
func (f *Flight) End() Answer {
	answer := f.actor.stage.answer(f.actor.client, f.answer)
	f.actor.stage.record.needed = append(f.actor.stage.record.needed, made{f.call, answer})
	return answer
}

// Withheld waits for an answer that must not bring the secret.
func (f *Flight) Withheld() Answer {
	answer := f.actor.stage.answer(f.actor.client, f.answer)
	record := f.actor.stage.record
	record.attempts++
	record.withheld = append(record.withheld, made{f.call, answer})
	f.actor.stage.hear(answer)
	return answer
}

// Ends says what the present context of the agent must have met when all is over.
func (a *Actor) Ends(level, integrity string) {
	a.stage.record.claims = append(a.stage.record.claims, claim{a.principal, level, integrity})
}
