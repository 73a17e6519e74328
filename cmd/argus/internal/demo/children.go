package demo

// oneOf is the JSON Schema of a value that is one of a few words.
func oneOf(words ...string) map[string]any {
	return map[string]any{
		"type": "object", "additionalProperties": false, "required": []string{"choice"},
		"properties": map[string]any{"choice": map[string]any{"type": "string", "enum": words}},
	}
}

var childStories = []Story{
	{
		Name: "child-brings-it-back", Kind: Attack, Rules: []string{"2a"},
		Title: "has a child read the database and hand it back, and mails it",
		Play: func(s *Stage) {
			parent := s.Parent()
			child := parent.Delegate(Birth{Tools: []string{"read-db"}})
			db := child.Call("read-db", nil)
			child.Return(db.Ref(), true)
			parent.Attempt("send-email", mailOut(parent.Await(child)))
			parent.Ends("sensitive", "verified")
		},
	},
	{
		Name: "clean-child-sends", Kind: Attack, Rules: []string{"2a"},
		Title: "reads the database, and has a newborn child mail it",
		Play: func(s *Stage) {
			parent := s.Parent()
			db := parent.Call("read-db", nil)
			child := parent.Delegate(Birth{Tools: []string{"send-email"}})
			child.Attempt("send-email", mailOut(db))
		},
	},
	{
		Name: "child-without-capability", Kind: Attack, Rules: []string{"C1"},
		Title: "has a child call a tool for which it was given no capability",
		Play: func(s *Stage) {
			child := s.Parent().Delegate(Birth{Tools: []string{"summarize"}})
			child.Attempt("read-db", nil)
		},
	},
	{
		Name: "give-what-it-lacks", Kind: Attack, Rules: []string{"not_held", "not_held", "C1"},
		Title: "gives a child a capability that it lacks itself, and that child a grandchild",
		Play: func(s *Stage) {
			parent := s.Parent("summarize")
			reads := func(child *Actor) { child.Attempt("read-db", nil) }
			parent.AttemptDelegate(Birth{Tools: []string{"read-db"}}, reads)
			child := parent.Delegate(Birth{Tools: []string{"summarize"}})
			child.AttemptDelegate(Birth{Tools: []string{"summarize", "read-db"}}, reads)
			parent.Attempt("read-db", nil)
		},
	},
	{
		Name: "secret-as-a-choice", Kind: Attack, Rules: []string{"return"},
		Title: "has a child hand back a secret where one of two words was agreed, and mails what came",
		Play: func(s *Stage) {
			parent := s.Parent()
			child := parent.Delegate(Birth{Tools: []string{"read-db"}, Bits: 16, Returns: oneOf("yes", "no")})
			db := child.Call("read-db", nil)
			child.AttemptReturn(args{"choice": db.Ref()})
			parent.Call("send-email", mailOut(parent.Await(child)))
			parent.Ends("public", "verified")
		},
	},
	{
		Name: "orphan", Kind: Attack, Rules: []string{"not_acting", "not_acting", "not_acting", "withheld"},
		Title: "goes on after its parent was ended: calls, gives birth, waits for what the database answers",
		Play: func(s *Stage) {
			parent := s.Parent()
			child := parent.Delegate(Birth{Tools: []string{"read-db", "send-email", "summarize"}})
			reading := child.Begin("read-db", args{"delay_ms": aMoment})
			s.Fresh(parent)
			child.Attempt("summarize", args{"text": "anything"})
			child.Attempt("send-email", harmless)
			child.AttemptDelegate(Birth{Tools: []string{"send-email"}}, func(c *Actor) { c.Attempt("send-email", harmless) })
			db := reading.Withheld()
			parent.Call("send-email", mailOut(db))
		},
	},
	{
		Name: "child-chooses", Kind: Benign,
		Title: "has a child search and sum up, which hands back one of two words: the parent stays public",
		Play: func(s *Stage) {
			parent := s.Parent()
			child := parent.Delegate(Birth{Tools: []string{"search-web", "summarize"}, Bits: 16, Returns: oneOf("buy", "wait")})
			child.Call("search-web", args{"query": "best bicycle lamp"})
			child.Call("summarize", args{"text": "A review of a lamp."})
			child.Return(args{"choice": "buy"}, false)
			s.observe("the parent got the word", parent.Await(child).OK())
			parent.Revoke(child)
			parent.Ends("public", "verified")
		},
	},
	{
		Name: "child-reports", Kind: Benign,
		Title: "has a child read the database and report: the parent has met what it found, for good",
		Play: func(s *Stage) {
			parent := s.Parent()
			child := parent.Delegate(Birth{Tools: []string{"read-db"}})
			db := child.Call("read-db", nil)
			child.Return(db.Ref(), true)
			s.observe("the parent got the report", parent.Await(child).OK())
			parent.Revoke(child)
			s.Restart(parent)
			parent.Call("summarize", args{"text": "The report is in."})
			parent.Ends("sensitive", "verified")
		},
	},
}
