package ijson

import "testing"

func TestOnlyOwnTextMustBeJSON(t *testing.T) {
	if v := MustParse(`{"a":1}`); v.Raw() != `{"a":1}` || MustParse([]byte("[]")).Kind() != Array {
		t.Errorf("%s", v.Raw())
	}
	defer func() {
		if recover() == nil {
			t.Error("what is no JSON was read")
		}
	}()
	MustParse(`{"a":1,"a":2}`)
}
