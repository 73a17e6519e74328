package sdk

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// CheckKnown holds a message, and those inside it, to the fields of the contract. One of another version could have put there what makes
// less of the rest, such as a condition of an answer.
func CheckKnown(what string, m proto.Message) error {
	if !known(m.ProtoReflect()) {
		return fmt.Errorf("%s has a field that the contract does not have", what)
	}
	return nil
}

func known(m protoreflect.Message) bool {
	if len(m.GetUnknown()) > 0 {
		return false
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.Message() == nil || !m.Has(f):
		case f.IsList():
			list := m.Get(f).List()
			for n := range list.Len() {
				if !known(list.Get(n).Message()) {
					return false
				}
			}
		case !known(m.Get(f).Message()):
			return false
		}
	}
	return true
}
