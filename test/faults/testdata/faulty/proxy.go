package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// proxy carries the calls of the contracts to the real plugin.
type proxy struct {
	orders *orders
	out    output
	real   *grpc.ClientConn

	mu    sync.Mutex
	first map[string][]byte // the first answer ever given to each method
}

// carry is one call of either direction's length, streamed or not. A message is an Empty whose unknown fields are all of it, which
// carries the bytes of any.
func (p *proxy) carry(_ any, host grpc.ServerStream) error {
	method, ok := grpc.MethodFromServerStream(host)
	if !ok {
		return status.Error(codes.Internal, "a call without a method")
	}
	ctx, cancel := context.WithCancel(host.Context())
	defer cancel()
	real, err := p.real.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, method)
	if err != nil {
		return err
	}
	go toReal(host, real, cancel)
	if !ofKind(method) {
		return answers(real, func(message []byte) error { return send(host, message) })
	}
	go p.closeWhenTold(ctx, cancel)
	err = answers(real, func(message []byte) error {
		for _, m := range p.spoil(ctx, method, message) {
			if err := send(host, m); err != nil {
				return err
			}
		}
		return nil
	})
	if now, _ := p.orders.fault.Get(); now == closes {
		return nil
	}
	return err
}

// ofKind leaves alone what every plugin answers at its start.
func ofKind(method string) bool { return !strings.HasPrefix(method, "/argus.plugin.") }

func toReal(host grpc.ServerStream, real grpc.ClientStream, cancel context.CancelFunc) {
	for {
		var m emptypb.Empty
		err := host.RecvMsg(&m)
		if errors.Is(err, io.EOF) {
			_ = real.CloseSend()
			return
		}
		if err != nil || real.SendMsg(&m) != nil {
			cancel()
			return
		}
	}
}

// answers gives every message of the real plugin to take.
func answers(real grpc.ClientStream, take func([]byte) error) error {
	for {
		var m emptypb.Empty
		err := real.RecvMsg(&m)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(m.ProtoReflect().GetUnknown()); err != nil {
			return err
		}
	}
}

func send(host grpc.ServerStream, message []byte) error {
	var m emptypb.Empty
	m.ProtoReflect().SetUnknown(message)
	return host.SendMsg(&m)
}

// closeWhenTold cancels a call as soon as streams are to be closed.
func (p *proxy) closeWhenTold(ctx context.Context, cancel context.CancelFunc) {
	for {
		now, changed := p.orders.fault.Get()
		if now == closes {
			p.orders.done(closes)
			cancel()
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
