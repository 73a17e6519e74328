package demo

// Birth is what a child gets of its parent.
type Birth struct {
	Tools   []string // that it may call
	Bits    int
	Returns map[string]any // JSON Schema of its bounded value
}

func (b Birth) args() args {
	capabilities := []string{}
	for _, tool := range b.Tools {
		capabilities = append(capabilities, capability(tool))
	}
	with := args{"capabilities": capabilities, "bits": b.Bits}
	if b.Returns != nil {
		with["returns"] = b.Returns
	}
	return with
}

// Delegate gives birth to a child, which the story needs.
func (a *Actor) Delegate(b Birth) *Actor {
	answer := a.own("argus__delegate", b.args())
	if answer.Context == "" {
		a.stage.fault("no child was born: %s%s", answer.Text, answer.Failure)
	}
	return a.as(answer.Context)
}

// AttemptDelegate asks for a child that must not be born. If it is, the child does what its parent wants it for.
func (a *Actor) AttemptDelegate(b Birth, then func(child *Actor)) {
	answer := a.own("argus__delegate", b.args())
	a.stage.hear(answer)
	if answer.Context != "" {
		then(a.as(answer.Context))
	}
}

func (a *Actor) as(context string) *Actor {
	child := *a
	child.context = context
	return &child
}

// Return hands a value to the parent, which the story needs.
func (a *Actor) Return(value any, unbounded bool) {
	if answer := a.handBack(value, unbounded); !answer.OK() {
		a.stage.fault("the value was not handed back: %s%s", answer.Text, answer.Failure)
	}
}

// AttemptReturn hands back a value that the parent must not get: its secret would be found where the parent sends what it got.
func (a *Actor) AttemptReturn(value any) {
	a.stage.record.attempts++
	a.stage.hear(a.handBack(value, false))
}

func (a *Actor) handBack(value any, unbounded bool) Answer {
	return a.own("argus__return", args{"value": value, "unbounded": unbounded})
}

// Await gets the next value of a child, if there is one.
func (a *Actor) Await(child *Actor) Answer {
	return a.own("argus__await", args{"context": child.context, "timeout_ms": 500})
}

// Revoke ends a child.
func (a *Actor) Revoke(child *Actor) {
	if answer := a.own("argus__revoke", args{"context": child.context}); !answer.OK() {
		a.stage.fault("the child was not ended: %s%s", answer.Text, answer.Failure)
	}
}

// own calls one of Argus's own tools, which no server's log tells of.
func (a *Actor) own(tool string, with args) Answer {
	return a.stage.answer(a.client, a.stage.tell(a.client,
		step{Do: "call", Tool: tool, Arguments: with, Context: a.context, Background: true}))
}
