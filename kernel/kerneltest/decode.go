package kerneltest

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"argus/kernel"
)

// inputs has one of each input, to find its type by name.
var inputs = []kernel.Input{
	kernel.RegisterTool{}, kernel.Delegate{}, kernel.Revoke{}, kernel.CascadeRevoke{}, kernel.InvokeStart{}, kernel.InvokeComplete{},
	kernel.ReturnEndorsed{}, kernel.ReturnUnendorsed{}, kernel.EgressCheck{}, kernel.GrantCapability{}, kernel.Elevate{},
	kernel.FollowUp{}, kernel.GrantOverride{},
}

// Decode reads what [Encode] wrote into a value: an input, or the spec of a theory.
func Decode(text string, into any) (err error) {
	d := &decoder{strings.Fields(text)}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("kerneltest: decode %T: %v", into, r)
		}
	}()
	d.decode(reflect.ValueOf(into).Elem())
	if len(d.tokens) > 0 {
		return fmt.Errorf("kerneltest: decode %T: %d tokens left over", into, len(d.tokens))
	}
	return nil
}

type decoder struct{ tokens []string }

func (d *decoder) token() string {
	t := d.tokens[0]
	d.tokens = d.tokens[1:]
	return t
}

func (d *decoder) number() uint64 {
	n, err := strconv.ParseUint(d.token(), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func (d *decoder) decode(v reflect.Value) {
	switch v.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint64:
		v.SetUint(d.number())
	case reflect.Bool:
		v.SetBool(d.token() == "t")
	case reflect.String:
		v.SetString(unescape(d.token()))
	case reflect.Interface:
		v.Set(d.member())
	case reflect.Slice:
		for range d.number() {
			x := reflect.New(v.Type().Elem()).Elem()
			d.decode(x)
			v.Set(reflect.Append(v, x))
		}
	case reflect.Struct:
		d.decodeStruct(v)
	default:
		panic("no encoding for " + v.Type().String())
	}
}

func (d *decoder) decodeStruct(v reflect.Value) {
	add := v.MethodByName("Add")
	if !add.IsValid() {
		for i := range v.NumField() {
			d.decode(v.Field(i))
		}
		return
	}
	for range d.number() {
		k := reflect.New(add.Type().In(0)).Elem()
		d.decode(k)
		v.Set(v.MethodByName("Add").Call([]reflect.Value{k})[0])
	}
}

func (d *decoder) member() reflect.Value {
	name := d.token()
	for _, in := range inputs {
		if t := reflect.TypeOf(in); t.Name() == name {
			x := reflect.New(t).Elem()
			d.decode(x)
			return x
		}
	}
	panic("no input " + name)
}

func unescape(s string) string {
	if s == "%" {
		return ""
	}
	text, err := url.PathUnescape(s)
	if err != nil {
		panic(err)
	}
	return text
}
