package sdk

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
)

// Follow keeps one stream of messages open for as long as ctx lives, over every reconnection of l, and gives each message to take.
// A stream that breaks is reported and opened again with backoff.
func Follow[T any](
	ctx context.Context, l *Link, op string,
	open func(context.Context, grpc.ClientConnInterface) (grpc.ServerStreamingClient[T], error),
	take func(*T),
) {
	backoff := Backoff{Min: 100 * time.Millisecond, Max: 5 * time.Second}
	for ctx.Err() == nil {
		conn, changed, err := l.Conn(op)
		if err != nil {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		err = followOnce(ctx, changed, conn, open, func(m *T) {
			backoff.Reset()
			take(m)
		})
		select {
		case <-changed: // the plugin went, which its supervisor tells
			backoff.Reset()
			continue
		case <-ctx.Done():
			return
		default:
		}
		l.Report(FromStatus(l.plugin, op, err))
		backoff.Wait(ctx, changed)
	}
}

// followOnce reads one stream until it breaks or changed is closed.
func followOnce[T any](
	ctx context.Context, changed <-chan struct{}, conn grpc.ClientConnInterface,
	open func(context.Context, grpc.ClientConnInterface) (grpc.ServerStreamingClient[T], error),
	take func(*T),
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-changed:
			cancel()
		case <-stop:
		}
	}()
	defer func() { close(stop); <-done }()

	stream, err := open(ctx, conn)
	if err != nil {
		return err
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return errors.New("the plugin ended the stream")
		}
		if err != nil {
			return err
		}
		take(message)
	}
}
