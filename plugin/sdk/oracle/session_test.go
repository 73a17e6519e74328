package oracle

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
	oraclev1 "argus/proto/argus/oracle/v1"
)

// TestPluginThatDoesNotReadHoldsNobodyUp: the stream is full soon, and whoever asks gives up in time all the same.
func TestPluginThatDoesNotReadHoldsNobodyUp(t *testing.T) {
	c := serveWild(t, &wild{ask: func(s grpc.BidiStreamingServer[oraclev1.Question, oraclev1.Answer]) error {
		<-s.Context().Done()
		return nil
	}})
	for _, size := range []int{100, smallSize - 1000, smallSize, 64 << 10} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		began := time.Now()
		var askers sync.WaitGroup
		for n := range 200 {
			askers.Go(func() {
				q := question(n)
				call := q.About.(Call)
				call.Arguments = Object{{Name: "text", Value: Text(strings.Repeat("x", size))}}
				q.About = call
				if _, err := c.Ask(ctx, q); kindOf(err) != sdk.Timeout {
					t.Errorf("%v", err)
				}
			})
		}
		askers.Wait()
		cancel()
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("with %d bytes each the askers were held up for %v", size, took)
		}
	}
}
