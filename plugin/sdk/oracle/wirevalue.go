package oracle

import (
	"errors"
	"fmt"

	oraclev1 "argus/proto/argus/oracle/v1"
)

// maxDepth is the nesting that the host's reading admits; the adapters hold it on both sides.
const maxDepth = 128

var errDepth = fmt.Errorf("a value is nested deeper than %d", maxDepth)

func valueToWire(v Value, depth int) (*oraclev1.Value, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	switch v := v.(type) {
	case Null:
		return &oraclev1.Value{Kind: &oraclev1.Value_Null{Null: true}}, nil
	case Bool:
		return &oraclev1.Value{Kind: &oraclev1.Value_Boolean{Boolean: bool(v)}}, nil
	case Number:
		n := &oraclev1.Number{Text: v.Text, Exact: v.Exact}
		return &oraclev1.Value{Kind: &oraclev1.Value_Number{Number: n}}, nil
	case Text:
		return &oraclev1.Value{Kind: &oraclev1.Value_Text{Text: string(v)}}, nil
	case List:
		return listToWire(v, depth)
	case Object:
		return objectToWire(v, depth)
	}
	return nil, errors.New("a value is missing")
}

func listToWire(list List, depth int) (*oraclev1.Value, error) {
	items := make([]*oraclev1.Value, len(list))
	for i, item := range list {
		w, err := valueToWire(item, depth+1)
		if err != nil {
			return nil, err
		}
		items[i] = w
	}
	return &oraclev1.Value{Kind: &oraclev1.Value_List{List: &oraclev1.List{Items: items}}}, nil
}

func objectToWire(object Object, depth int) (*oraclev1.Value, error) {
	members := make([]*oraclev1.Member, len(object))
	for i, m := range object {
		w, err := valueToWire(m.Value, depth+1)
		if err != nil {
			return nil, err
		}
		members[i] = &oraclev1.Member{Name: m.Name, Value: w}
	}
	return &oraclev1.Value{Kind: &oraclev1.Value_Object{Object: &oraclev1.Object{Members: members}}}, nil
}

func valueFromWire(w *oraclev1.Value, depth int) (Value, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	switch kind := w.GetKind().(type) {
	case *oraclev1.Value_Null:
		return Null{}, nil
	case *oraclev1.Value_Boolean:
		return Bool(kind.Boolean), nil
	case *oraclev1.Value_Number:
		if kind.Number.GetText() == "" {
			return nil, errors.New("a number has no text")
		}
		return Number{Text: kind.Number.GetText(), Exact: kind.Number.GetExact()}, nil
	case *oraclev1.Value_Text:
		return Text(kind.Text), nil
	case *oraclev1.Value_List:
		return listFromWire(kind.List, depth)
	case *oraclev1.Value_Object:
		return objectFromWire(kind.Object, depth)
	}
	return nil, errors.New("a value has no kind")
}

func listFromWire(w *oraclev1.List, depth int) (Value, error) {
	list := make(List, len(w.GetItems()))
	for i, item := range w.GetItems() {
		v, err := valueFromWire(item, depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func objectFromWire(w *oraclev1.Object, depth int) (Value, error) {
	object := make(Object, len(w.GetMembers()))
	seen := make(map[string]bool, len(object))
	for i, m := range w.GetMembers() {
		// The host never sends a name twice. One that did could make a rule read another member than the server does.
		if seen[m.GetName()] {
			return nil, errors.New("an object has the same name twice")
		}
		seen[m.GetName()] = true
		v, err := valueFromWire(m.GetValue(), depth+1)
		if err != nil {
			return nil, err
		}
		object[i] = Member{Name: m.GetName(), Value: v}
	}
	return object, nil
}
