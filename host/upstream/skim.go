package upstream

import "strconv"

// maxSkimmed is how many times the limit a message may have for it to be skipped to its end.
const maxSkimmed = 4

// answerTooLong is an answer over the limit, of which nothing is known but to which call it was given.
type answerTooLong struct{ id int64 }

func (answerTooLong) Error() string { return errFrameTooLong.Error() }

func (answerTooLong) Unwrap() error { return errFrameTooLong }

// skim finds the id of an answer that is too long to be kept, wherever in it that stands. It keeps count of braces and quotes and judges
// nothing else: whatever the message says, the most that comes of it is that the call with this id ends without an answer.
type skim struct {
	begun, closed    bool
	depth            int
	quoted, escaped  bool
	valued           bool   // behind the colon of a member of the message itself
	name, value      []byte // of that member, as far as it matters
	id               string
	ids, of, another int // members id; result or error; method
}

// longestSkimmed is more than any name or id that matters.
const longestSkimmed = 24

// skimmed takes the next bytes, and reports whether this can still be an answer.
func skimmed[T string | []byte](s *skim, part T) bool {
	for i := range len(part) {
		c := part[i]
		switch {
		case s.quoted:
			s.inQuotes(c)
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case !s.begun:
			if c != '{' {
				return false
			}
			s.begun, s.depth = true, 1
		case s.closed:
			return false
		default:
			s.outside(c)
		}
	}
	return s.another == 0
}

func (s *skim) inQuotes(c byte) {
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\\':
		s.escaped = true
	case c == '"':
		s.quoted = false
		return
	}
	if s.depth == 1 && !s.valued && len(s.name) < longestSkimmed {
		s.name = append(s.name, c)
	}
}

func (s *skim) outside(c byte) {
	switch c {
	case '"':
		s.quoted = true
	case '{', '[':
		s.depth++
	case '}', ']':
		if s.depth--; s.depth == 0 {
			s.member()
			s.closed = true
		}
	case ':':
		s.valued = s.valued || s.depth == 1
	case ',':
		if s.depth == 1 {
			s.member()
		}
	default:
		if s.depth == 1 && s.valued && len(s.value) < longestSkimmed {
			s.value = append(s.value, c)
		}
	}
}

// member ends a member of the message itself.
func (s *skim) member() {
	switch string(s.name) {
	case "id":
		s.id = string(s.value)
		s.ids++
	case "result", "error":
		s.of++
	case "method":
		s.another++
	}
	s.valued, s.name, s.value = false, s.name[:0], s.value[:0]
}

// answer is the error for the whole message: whose answer it was, if it was one and says that once.
func (s *skim) answer() error {
	id, err := strconv.ParseInt(s.id, 10, 64)
	if err != nil || !s.closed || s.ids != 1 || s.of != 1 || s.another > 0 {
		return errFrameTooLong
	}
	return answerTooLong{id}
}
