package tomlpos

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Decode fills dst, a pointer to a struct, from the document and reports all mistakes. The names of keys are given by `toml`
// tags; a field without one is left alone. Fields may be text, bool, integers, float64, slices, maps with text keys, structs,
// pointers (nil when absent), Value of any of them, and any. With problems dst must not be used except to find more.
func (d *Doc) Decode(dst any) Problems {
	return Decode("", d.Values, d.Where, dst)
}

// Decode fills dst from the value at a key path of values that may come from several sources; at tells the place of a key
// path below it.
func Decode(path string, in any, at func(path string) Where, dst any) Problems {
	d := decoder{at: at}
	d.value(path, in, reflect.ValueOf(dst).Elem())
	return d.problems.Sorted()
}

type decoder struct {
	at       func(string) Where
	problems Problems
}

func (d *decoder) value(path string, in any, out reflect.Value) {
	if p, ok := out.Addr().Interface().(placed); ok {
		d.value(path, in, reflect.ValueOf(p.place(d.at(path))).Elem())
		return
	}
	switch out.Kind() {
	case reflect.Interface:
		out.Set(reflect.ValueOf(in))
	case reflect.Pointer:
		out.Set(reflect.New(out.Type().Elem()))
		d.value(path, in, out.Elem())
	case reflect.Struct:
		d.fields(path, in, out)
	case reflect.Map:
		d.entries(path, in, out)
	case reflect.Slice:
		d.items(path, in, out)
	default:
		d.scalar(path, in, out)
	}
}

func (d *decoder) scalar(path string, in any, out reflect.Value) {
	switch v := in.(type) {
	case string:
		if out.Kind() == reflect.String {
			out.SetString(v)
			return
		}
	case bool:
		if out.Kind() == reflect.Bool {
			out.SetBool(v)
			return
		}
	case float64:
		if out.Kind() == reflect.Float64 {
			out.SetFloat(v)
			return
		}
	case int64:
		if d.integer(path, v, out) {
			return
		}
	}
	d.wrongType(path, in, out.Type())
}

func (d *decoder) integer(path string, v int64, out reflect.Value) bool {
	fits := false
	switch {
	case out.CanInt():
		if fits = !out.OverflowInt(v); fits {
			out.SetInt(v)
		}
	case out.CanUint():
		if fits = v >= 0 && !out.OverflowUint(uint64(v)); fits {
			out.SetUint(uint64(v))
		}
	case out.CanFloat():
		out.SetFloat(float64(v))
		return true
	default:
		return false
	}
	if !fits {
		d.problems.Add(d.at(path), "", "%s is out of range", path)
	}
	return true
}

func (d *decoder) items(path string, in any, out reflect.Value) {
	items, ok := in.([]any)
	if !ok {
		d.wrongType(path, in, out.Type())
		return
	}
	out.Set(reflect.MakeSlice(out.Type(), len(items), len(items)))
	for i, item := range items {
		d.value(Index(path, i), item, out.Index(i))
	}
}

func (d *decoder) entries(path string, in any, out reflect.Value) {
	table, ok := in.(map[string]any)
	if !ok {
		d.wrongType(path, in, out.Type())
		return
	}
	out.Set(reflect.MakeMapWithSize(out.Type(), len(table)))
	for key, entry := range table {
		value := reflect.New(out.Type().Elem()).Elem()
		d.value(Join(path, key), entry, value)
		out.SetMapIndex(reflect.ValueOf(key).Convert(out.Type().Key()), value)
	}
}

func (d *decoder) fields(path string, in any, out reflect.Value) {
	table, ok := in.(map[string]any)
	if !ok {
		d.wrongType(path, in, out.Type())
		return
	}
	known := make([]string, 0, out.NumField())
	for i := range out.NumField() {
		name := out.Type().Field(i).Tag.Get("toml")
		if name == "" {
			continue
		}
		known = append(known, name)
		if value, ok := table[name]; ok {
			d.value(Join(path, name), value, out.Field(i))
		}
	}
	for key := range table {
		if !slices.Contains(known, key) {
			d.unknown(path, key, known)
		}
	}
}

func (d *decoder) unknown(path, key string, known []string) {
	fix := "remove it; known here: " + strings.Join(known, ", ")
	if near, ok := Nearest(key, known); ok {
		fix = "did you mean " + near + "?"
	}
	where := ""
	if path != "" {
		where = " in " + path
	}
	d.problems.Add(d.at(Join(path, key)), fix, "unknown key %s%s", Quote(key), where)
}

func (d *decoder) wrongType(path string, in any, want reflect.Type) {
	wanted, sample := expected(want)
	key := path[strings.LastIndexByte(path, '.')+1:]
	fix := fmt.Sprintf(sample, key)
	if strings.ContainsAny(key, `]"`) { // an item of a list, or a key with a dot: neither is written with its name
		fix = "write " + wanted + " there"
	}
	d.problems.Add(d.at(path), fix, "%s must be %s, not %s", path, wanted, name(in))
}

// expected describes a type as a person thinks of it, and how to write one.
func expected(t reflect.Type) (what, sample string) {
	switch t.Kind() {
	case reflect.String:
		return "text", `write %s = "…", in quotes`
	case reflect.Bool:
		return "true or false", "write %s = true or %[1]s = false, without quotes"
	case reflect.Slice:
		return "a list", "write %s = [ … ]"
	case reflect.Map, reflect.Struct:
		return "a table", "write [%s] above its keys, or %[1]s = { … }"
	case reflect.Float64:
		return "a number", "write %s = 1.5, without quotes"
	}
	return "a whole number", "write %s = 1, without quotes"
}

func name(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date"
}
