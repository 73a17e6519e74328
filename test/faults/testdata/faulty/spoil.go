package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "argus/proto/argus/audit/v1" // whose answers are read here, as are those of the others
	_ "argus/proto/argus/oracle/v1"
	_ "argus/proto/argus/registry/v1"
	_ "argus/proto/argus/sandbox/v1"
)

const (
	slowness   = 300 * time.Millisecond
	bigness    = 40 << 20
	unknownTag = 15_000
)

// spoil does to one answer what was ordered, tells that it has, and gives what is sent in its place.
func (p *proxy) spoil(ctx context.Context, method string, answer []byte) [][]byte {
	earlier, was := p.earlier(method, answer), answer
	now, changed := p.orders.fault.Get()
	switch now {
	case late:
		p.orders.done(now)
		<-changed // and not when the asker's time is up: an answer of that very moment can still be in time
	case lost:
		p.orders.done(now)
		switch d := described(method); {
		case d == nil || !d.IsStreamingServer(): // the one answer to a call
			<-ctx.Done()
			return nil
		case d.IsStreamingClient(): // one of many questions
			return nil
		}
		hold(ctx, changed) // what is told unasked is told once
	case closes: // it came before the end
		return nil
	case slowed:
		p.orders.done(now)
		hold(ctx, time.After(slowness))
	case floods:
		p.orders.done(now)
		p.out.fill()
	case dies:
		p.orders.done(now)
		os.Exit(1)
	case twice:
		p.orders.done(now)
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
		answer = ofEarlier(method, earlier, answer)
	}
	if !bytes.Equal(answer, was) {
		p.orders.done(now)
	}
	return [][]byte{answer}
}

// hold waits until something happens, or nobody waits for the answer any more.
func hold[T any](ctx context.Context, until <-chan T) {
	select {
	case <-until:
	case <-ctx.Done():
	}
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

// ofEarlier is the earlier answer in place of the present one. Where an answer is bound to more than its nonce, it has the nonce of
// the present question, or nobody would look further.
func ofEarlier(method string, earlier, present []byte) []byte {
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
	d := described(method)
	if d == nil {
		return answer
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName(d.Output().FullName())
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

// described is what the contract says of a method, or nil.
func described(method string) protoreflect.MethodDescriptor {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", "."))
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return nil
	}
	d, _ := found.(protoreflect.MethodDescriptor)
	return d
}
