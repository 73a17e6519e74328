package demo

import "strings"

var storeStories = []Story{
	{
		Name: "secret-in-a-memory", Kind: Attack, Rules: []string{"2a"},
		Title: "reads the database, and leaves it in a memory that others read",
		Play: func(s *Stage) {
			a := s.Agent()
			db := a.Call("read-db", nil)
			a.Attempt("remember", args{"note": db.Ref()})
		},
	},
	{
		Name: "memory-called-public", Kind: Attack, Rules: []string{"2a"},
		Title: "has the registry call a memory of internal notes public, and mails what it recalls",
		Play:  memoryCalledPublic,
	},
	{
		Name: "notes", Kind: Benign,
		Title: "leaves an internal note, which another agent recalls",
		Play: func(s *Stage) {
			writer, reader := s.Agent(), s.Agent()
			file := writer.Call("read-file", args{"path": publicName})
			writer.Call("remember", args{"note": file.Ref()})
			reader.Call("recall", nil)
			writer.Ends("internal", "verified")
			reader.Ends("internal", "untrusted")
		},
	},
}

// memoryCalledPublic changes the registry under the running daemon, which must decline what it becomes and go on by what it was.
func memoryCalledPublic(s *Stage) {
	writer, reader := s.Agent(), s.Agent()
	file := writer.Call("read-file", args{"path": publicName})
	writer.Call("remember", args{"note": file.Ref()})
	restore := s.EditRegistry("notes.toml", func(text string) string {
		return strings.Replace(text, `level = "internal", integrity = "untrusted"`, `level = "public", integrity = "verified"`, 1)
	})
	defer restore()
	s.observe("the daemon kept the label of recall", s.labelOf("recall") == Exposure{"internal", "untrusted"})
	notes := reader.Call("recall", nil)
	reader.Attempt("send-email", mailOut(notes))
	reader.Ends("internal", "untrusted")
}

// labelOf is what the daemon says that a tool may bring, in the theory in force.
func (s *Stage) labelOf(tool string) Exposure {
	if s.over() {
		return Exposure{}
	}
	all, err := s.home.tools(s.ctx)
	if err != nil {
		s.fault("%v", err)
	}
	for _, t := range all {
		if t.Name == tool {
			return Exposure{t.Level, t.Integrity}
		}
	}
	return Exposure{}
}
