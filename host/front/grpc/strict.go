package grpc

import (
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the codec that is made strict here
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	maxText = 256 // bytes of a name or an id
	maxList = 256 // elements
)

// strictCodec is the codec of protocol buffers, but for bytes that are no message: it takes them for a message of unknown fields, which is
// refused as the client's mistake that it is. The library would call it a failure of the server's.
type strictCodec struct{}

func (strictCodec) inner() encoding.CodecV2 { return encoding.GetCodecV2("proto") }

func (c strictCodec) Name() string { return c.inner().Name() }

func (c strictCodec) Marshal(v any) (mem.BufferSlice, error) {
	if a, is := v.(answer); is {
		return a.encode()
	}
	return c.inner().Marshal(v)
}

func (c strictCodec) Unmarshal(data mem.BufferSlice, v any) error {
	err := c.inner().Unmarshal(data, v)
	if m, ok := v.(proto.Message); err != nil && ok {
		proto.Reset(m)
		m.ProtoReflect().SetUnknown(protoreflect.RawFields{0x08, 0x00})
		return nil
	}
	return err
}

// What is wrong with the form of a request. None of it repeats what was sent.
var (
	errUnknown = errors.New("the request is no message of this contract, or has a field that the contract does not have")
	errEnum    = errors.New("a field has the unspecified value, or none of its values")
	errLong    = errors.New("a name, an id or a list is too long")
)

func checkMessage(q any) error {
	m, ok := q.(proto.Message)
	if !ok {
		return status.Error(codes.Internal, "a request of no known kind")
	}
	if err := check(m.ProtoReflect()); err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return nil
}

// check holds a message, and those inside it, to the contract. An enum of a request is never left unspecified.
func check(m protoreflect.Message) error {
	if len(m.GetUnknown()) > 0 {
		return errUnknown
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		if err := checkField(fields.Get(i), m); err != nil {
			return err
		}
	}
	return nil
}

func checkField(f protoreflect.FieldDescriptor, m protoreflect.Message) error {
	v := m.Get(f)
	if f.IsList() {
		list := v.List()
		if list.Len() > maxList {
			return errLong
		}
		for i := range list.Len() {
			if err := checkValue(f, list.Get(i)); err != nil {
				return err
			}
		}
		return nil
	}
	if f.Message() != nil && !m.Has(f) {
		return nil
	}
	return checkValue(f, v)
}

func checkValue(f protoreflect.FieldDescriptor, v protoreflect.Value) error {
	switch {
	case f.Message() != nil:
		return check(v.Message())
	case f.Enum() != nil && (v.Enum() == 0 || f.Enum().Values().ByNumber(v.Enum()) == nil):
		return errEnum
	case f.Kind() == protoreflect.StringKind && len(v.String()) > maxText:
		return errLong
	}
	return nil
}
