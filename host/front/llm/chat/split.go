package chat

import (
	"context"
	"strconv"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// each takes a chunk of several choices as one chunk for each. The last one has what is said of all.
func (a *answer) each(ctx context.Context, dst []byte, v, choices ijson.Value) (_ []byte, err error) {
	for i, item := range choices.Items() {
		text := `{` + a.envelope + `"choices":[` + item.Raw() + `]}`
		if i == choices.Len()-1 {
			e := wire.Edit(v)
			e.Replace(choices, `[`+item.Raw()+`]`)
			text = e.Text()
		}
		if dst, err = a.part(ctx, dst, text); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// apart takes a chunk that does more than one thing as one chunk for each: what is said, each call, the end.
func (a *answer) apart(ctx context.Context, dst []byte, v ijson.Value, s said) (_ []byte, err error) {
	if s.speaks() || s.role.Kind() != ijson.Invalid {
		e := wire.Edit(v)
		e.Keep(s.body, noCall)
		if s.count() > 0 {
			withoutTokens(e, s.choice)
		}
		if s.ends() {
			e.Replace(s.finish, "null")
			withoutUsage(e, v)
		}
		if dst, err = a.part(ctx, dst, e.Text()); err != nil {
			return dst, err
		}
	}
	if s.legacy.Kind() != ijson.Invalid {
		if dst, err = a.fragment(ctx, dst, s, `"function_call":`+s.legacy.Raw()); err != nil {
			return dst, err
		}
	}
	for _, item := range s.calls.Items() {
		if dst, err = a.fragment(ctx, dst, s, `"tool_calls":[`+item.Raw()+`]`); err != nil {
			return dst, err
		}
	}
	if !s.ends() {
		return dst, nil
	}
	e := wire.Edit(v)
	e.Replace(s.body, "{}")
	withoutTokens(e, s.choice) // they were told with what is said
	return a.part(ctx, dst, e.Text())
}

// fragment takes one fragment of a call as a chunk of its own.
func (a *answer) fragment(ctx context.Context, dst []byte, s said, member string) ([]byte, error) {
	return a.part(ctx, dst, `{`+a.envelope+`"choices":[{"index":`+strconv.Itoa(s.position)+`,"delta":{`+member+`},"finish_reason":null}]}`)
}

// part takes a chunk that was made of another one.
func (a *answer) part(ctx context.Context, dst []byte, text string) ([]byte, error) {
	v, err := again(text)
	if err != nil {
		return dst, err
	}
	return a.chunk(ctx, dst, v)
}

// withoutUsage leaves the usage to the chunk that ends: clients add up what they are told.
func withoutUsage(e *wire.Edits, v ijson.Value) {
	if usage := member(v, "usage"); usage.Kind() != ijson.Invalid {
		e.Replace(usage, "null")
	}
}
