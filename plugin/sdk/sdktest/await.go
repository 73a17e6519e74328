package sdktest

import (
	"testing"
	"time"
)

// Await is the first state of a plugin that is as wanted, or the failure of the test. Get gives the present one and what is closed when it is
// replaced, as every state of the SDK is told.
func Await[T any](t testing.TB, get func() (T, <-chan struct{}), wanted func(T) bool) T {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		state, changed := get()
		if wanted(state) {
			return state
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("never as wanted: %+v", state)
		}
	}
}
