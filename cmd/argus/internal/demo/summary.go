package demo

// Summary is what came of a run: the numbers count stories.
type Summary struct {
	Attacks        int  `json:"attacks"`
	AttacksBlocked int  `json:"attacks_blocked"`
	Benign         int  `json:"benign"`
	BenignAllowed  int  `json:"benign_allowed"`
	LeakedWithout  bool `json:"leaked_without_argus"`
	LeakedWith     bool `json:"leaked_with_argus"`

	Verdicts []Verdict `json:"-"`
}

// Good tells whether the demo shows what it claims.
func (s Summary) Good() bool {
	return s.Attacks > 0 && s.AttacksBlocked == s.Attacks && s.Benign > 0 && s.BenignAllowed == s.Benign && s.LeakedWithout && !s.LeakedWith
}

func (s *Summary) add(v Verdict) {
	s.Verdicts = append(s.Verdicts, v)
	s.LeakedWith = s.LeakedWith || v.Leaked
	switch v.Story.Kind {
	case Attack:
		s.Attacks++
		if v.Good {
			s.AttacksBlocked++
		}
	case Benign:
		s.Benign++
		if v.Good {
			s.BenignAllowed++
		}
	}
}
