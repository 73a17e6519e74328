package mcp

import (
	"strconv"

	"argus/host/mediate"
	"argus/internal/ijson"
)

// maxKey bounds the key of a question that is taken over from its server.
const maxKey = 128

// asking is what was asked of a client together, and its answers.
type asking struct {
	questions []mediate.Question
	keys      []string
	shown     bool // to the client: before that no answer is one to these questions, whatever its key
	answers   []mediate.Answer
	answered  chan struct{} // closed when they are there
}

// newAsking keeps the keys by which the server tells its questions apart, as far as they tell them apart: some clients know them.
func newAsking(qs []mediate.Question) *asking {
	a := &asking{questions: qs, answered: make(chan struct{})}
	taken := map[string]bool{}
	for _, q := range qs {
		taken[q.Key] = true
	}
	used := map[string]bool{"": true}
	n := 0
	for _, q := range qs {
		own := q.Key
		for used[own] || len(own) > maxKey || own != q.Key && taken[own] {
			n++
			own = "question-" + strconv.Itoa(n)
		}
		used[own] = true
		a.keys = append(a.keys, own)
	}
	return a
}

// take takes the answers, if the client has seen the questions and none is missing. Some alone are not kept: each would keep the whole request
// in memory that it came in.
func (a *asking) take(answers ijson.Value) bool {
	if !a.shown {
		return false
	}
	taken := make([]mediate.Answer, len(a.keys))
	for i, key := range a.keys {
		result, given := answers.Member(key)
		if !given {
			return false
		}
		taken[i].Result = result
	}
	a.answers = taken
	close(a.answered)
	return true
}

// inputRequired is the result that asks.
func (f *Front) inputRequired(a *asking, state string) []byte {
	out := []byte(`{"resultType":"input_required","inputRequests":{`)
	for i, q := range a.questions {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(ijson.AppendString(out, a.keys[i]), `:{"method":`...)
		out = ijson.AppendString(out, q.Method())
		out = append(out, `,"params":`...)
		if q.Params.Kind() == ijson.Object {
			out = ijson.AppendLine(out, q.Params)
		} else {
			out = append(out, '{', '}') // they may be left out, but the SDK for Go fails on that
		}
		out = append(out, '}')
	}
	out = ijson.AppendString(append(out, `},"requestState":`...), state)
	out = f.appendServerInfo(append(out, `,"_meta":{`...))
	return append(out, '}', '}')
}
