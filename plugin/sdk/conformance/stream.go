package conformance

import "context"

// Received is what one reading of a stream gave.
type Received[T any] struct {
	What T
	Err  error
}

// Receive reads until ctx ends or next fails, which it gives too.
func Receive[T any](ctx context.Context, next func() (T, error)) <-chan Received[T] {
	out := make(chan Received[T])
	go func() {
		defer close(out)
		for {
			what, err := next()
			select {
			case out <- Received[T]{what, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return out
}
