package messages

import (
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// used is what all rounds used so far.
func (a *answer) used() ijson.Value {
	now := a.usage
	for _, end := range a.ends {
		usage, _ := end.Member("usage")
		now = latest(now, usage)
	}
	all, _ := parse(wire.Sum(a.before, now))
	return all
}

// latest is an account of one round after a later one of the same, which counts from the beginning and says nothing of what stays.
func latest(was, now ijson.Value) ijson.Value {
	if was.Kind() != ijson.Object {
		return now
	}
	e := wire.Edit(was)
	var added []string
	for name, v := range now.Members() {
		if old, has := was.Member(name); !has {
			added = append(added, quote(name)+":"+v.Raw())
		} else if !v.IsNull() {
			e.Replace(old, v.Raw())
		}
	}
	e.Insert(was, added...)
	all, _ := parse(e.Text())
	return all
}
