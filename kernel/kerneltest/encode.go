package kerneltest

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"argus/kernel"
)

// Encode writes a value of the kernel as tokens with a space before each, the same for equal values: a number in
// decimal, a truth value as t or f, a text with its unusual bytes as %XX (a lone % if it is empty), a struct as its
// fields in order, a member of a sum as its name and itself, a collection as its size and its entries in order. A sum
// is given by a pointer, or it could not be told from its member. The reference program reads and writes the same:
// formal/reference/text.ml.
func Encode(v any) string {
	var b strings.Builder
	encode(&b, reflect.ValueOf(v))
	return b.String()
}

func encode(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint64:
		b.WriteString(" " + strconv.FormatUint(v.Uint(), 10))
	case reflect.Bool:
		b.WriteString(map[bool]string{true: " t", false: " f"}[v.Bool()])
	case reflect.String:
		b.WriteString(" " + escape(v.String()))
	case reflect.Pointer:
		encode(b, v.Elem())
	case reflect.Interface:
		b.WriteString(" " + v.Elem().Type().Name())
		encode(b, v.Elem())
	case reflect.Slice:
		b.WriteString(" " + strconv.Itoa(v.Len()))
		for i := range v.Len() {
			encode(b, v.Index(i))
		}
	case reflect.Struct:
		encodeStruct(b, v)
	default:
		panic("kerneltest: no encoding for " + v.Type().String())
	}
}

func encodeStruct(b *strings.Builder, v reflect.Value) {
	if p, is := v.Interface().(kernel.Policy); is {
		encode(b, reflect.ValueOf(easier(p)))
		return
	}
	all := v.MethodByName("All")
	if !all.IsValid() {
		for i := range v.NumField() {
			encode(b, v.Field(i))
		}
		return
	}
	b.WriteString(" " + strconv.FormatUint(v.MethodByName("Len").Call(nil)[0].Uint(), 10))
	entries := all.Call(nil)[0]
	if entries.Type().CanSeq2() {
		for k, x := range entries.Seq2() {
			encode(b, k)
			encode(b, x)
		}
		return
	}
	for k := range entries.Seq() {
		encode(b, k)
	}
}

// packed is a cell of the flow policy as the kernel numbers it, and its mode.
type packed struct {
	Cell kernel.Cell
	Mode kernel.Mode
}

// easier are the cells of a policy that do not deny, in order: what it can be asked.
func easier(p kernel.Policy) []packed {
	var cells []packed
	for l := range kernel.Levels() {
		for i := range kernel.Integrities() {
			for e := range kernel.AllSinks() {
				if m := p.Mode(kernel.Exposure{Level: l, Integrity: i}, e); m != kernel.Deny {
					cells = append(cells, packed{kernel.Cell(l)<<6 | kernel.Cell(i)<<4 | kernel.Cell(e), m})
				}
			}
		}
	}
	return cells
}

func escape(s string) string {
	if s == "" {
		return "%"
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(".-_/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
