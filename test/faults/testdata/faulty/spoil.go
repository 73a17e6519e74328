package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "argus/proto/argus/oracle/v1" // whose answers are read here, as are those of the next
	_ "argus/proto/argus/sandbox/v1"
)

const (
	slowness   = 300 * time.Millisecond
	bigness    = 40 << 20
	unknownTag = 15_000
)

// spoil does to one answer what was ordered, and gives what is sent in its place.
func (p *proxy) spoil(ctx context.Context, method string, answer []byte) [][]byte {
	earlier := p.earlier(method, answer)
	now, changed := p.orders.fault.Get()
	switch now {
	case late:
		select {
		case <-changed:
		case <-ctx.Done():
		}
	case slowed:
		select {
		case <-time.After(slowness):
		case <-ctx.Done():
		}
	case twice:
		return [][]byte{answer, answer}
	case tooBig:
		answer = protowire.AppendTag(slices.Clone(answer), unknownTag, protowire.BytesType)
		answer = protowire.AppendBytes(answer, make([]byte, bigness))
	case garbage:
		answer = bytes.Repeat([]byte{0xff}, 64)
	case otherNonce:
		answer = edit(method, answer, func(m protoreflect.Message, nonce protoreflect.FieldDescriptor) {
			other := slices.Clone(m.Get(nonce).Bytes())
			other[0] ^= 1
			m.Set(nonce, protoreflect.ValueOfBytes(other))
		})
	case otherAnswer:
		answer = instead(method, earlier, answer)
	}
	return [][]byte{answer}
}

// earlier is the first answer to a method.
func (p *proxy) earlier(method string, answer []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first[method] == nil {
		p.first[method] = slices.Clone(answer)
	}
	return p.first[method]
}

// instead is the earlier answer in place of the present one. Where an answer is bound to more than its nonce, it has the nonce of
// the present question, or nobody would look further.
func instead(method string, earlier, present []byte) []byte {
	var asked []byte
	edit(method, present, func(m protoreflect.Message, nonce protoreflect.FieldDescriptor) { asked = m.Get(nonce).Bytes() })
	return edit(method, earlier, func(m protoreflect.Message, nonce protoreflect.FieldDescriptor) {
		if m.Descriptor().Fields().ByName("arguments_digest") != nil {
			m.Set(nonce, protoreflect.ValueOfBytes(asked))
		}
	})
}

// edit changes an answer that carries a nonce, and gives any other back as it was.
func edit(method string, answer []byte, change func(protoreflect.Message, protoreflect.FieldDescriptor)) []byte {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", "."))
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return answer
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName(found.(protoreflect.MethodDescriptor).Output().FullName())
	if err != nil {
		return answer
	}
	m := kind.New()
	nonce := m.Descriptor().Fields().ByName("nonce")
	if nonce == nil || proto.Unmarshal(answer, m.Interface()) != nil {
		return answer
	}
	change(m, nonce)
	changed, err := proto.Marshal(m.Interface())
	if err != nil {
		return answer
	}
	return changed
}
