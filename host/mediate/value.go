package mediate

import (
	"slices"

	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/oracle"
)

// valueOf shows the oracle the same parse that schema and digest read. Depth is bounded by that parse.
func valueOf(v ijson.Value) oracle.Value {
	switch v.Kind() {
	case ijson.Null:
		return oracle.Null{}
	case ijson.Bool:
		b, _ := v.Bool()
		return oracle.Bool(b)
	case ijson.Numeric:
		n, _ := v.Number()
		_, exact := n.Double()
		return oracle.Number{Text: string(n), Exact: exact}
	case ijson.String:
		s, _ := v.Text()
		return oracle.Text(s)
	case ijson.Array:
		list := make(oracle.List, 0, v.Len())
		for _, item := range v.Items() {
			list = append(list, valueOf(item))
		}
		return list
	case ijson.Object:
		object := make(oracle.Object, 0, v.Len())
		for name, member := range v.Members() {
			object = append(object, oracle.Member{Name: name, Value: valueOf(member)})
		}
		return object
	}
	return nil // refused by the SDK
}

// sinkNames are sorted, as the contract asks.
func sinkNames(es kernel.Sinks) []string {
	var names []string
	for _, e := range es.List() {
		names = append(names, e.String())
	}
	slices.Sort(names)
	return names
}
