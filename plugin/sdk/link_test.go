package sdk_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
)

func TestLatestWakesEveryoneWhoWaits(t *testing.T) {
	var l sdk.Latest[int]
	before, changed := l.Get()
	_, again := l.Get()
	l.Set(7)
	<-changed
	<-again
	after, next := l.Get()
	if before != 0 || after != 7 {
		t.Errorf("from %d to %d", before, after)
	}
	select {
	case <-next:
		t.Error("woken without a change")
	default:
	}
}

func TestLinkThatIsDownSaysWhy(t *testing.T) {
	l := sdk.NewLink("cedar", nil)
	_, changed, err := l.Conn("ask")
	var f *sdk.Failure
	if !errors.As(err, &f) || f.Kind != sdk.Unavailable || f.Plugin != "cedar" || f.Op != "ask" {
		t.Fatalf("err = %v", err)
	}
	conn := &grpc.ClientConn{}
	l.Up(conn)
	<-changed
	got, changed, err := l.Conn("ask")
	if err != nil || got != conn {
		t.Fatalf("up: %v", err)
	}
	why := errors.New("killed")
	l.Down(why)
	<-changed
	if _, _, err := l.Conn("ask"); !errors.Is(err, why) {
		t.Errorf("err = %v", err)
	}
}

func TestReturnIsTheNextTimeThatALinkIsUp(t *testing.T) {
	l := sdk.NewLink("landlock", nil)
	before := l.Returns()
	l.Down(errors.New("failed to start"))
	select {
	case <-before:
		t.Error("a link that stays down has returned")
	default:
	}
	l.Up(&grpc.ClientConn{})
	<-before
	after := l.Returns()
	l.Down(errors.New("killed"))
	select {
	case <-after:
		t.Error("a link that went down has returned")
	default:
	}
}

func TestBackoffGrowsToItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sdk.Backoff{Min: 100 * time.Millisecond, Max: time.Second}
		for _, most := range []time.Duration{100, 200, 400, 800, 1000, 1000} {
			most *= time.Millisecond
			begun := time.Now()
			if !b.Wait(t.Context(), nil) {
				t.Fatal("ended")
			}
			if took := time.Since(begun); took < most/2 || took > most {
				t.Errorf("waited %s where %s is the most", took, most)
			}
		}
		b.Reset()
		begun := time.Now()
		b.Wait(t.Context(), nil)
		if time.Since(begun) > 100*time.Millisecond {
			t.Error("a reset did not start over")
		}
		early := make(chan struct{})
		close(early)
		begun = time.Now()
		b.Wait(t.Context(), early)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if b.Wait(ended, nil) || time.Since(begun) != 0 {
			t.Error("it waited although there was no need")
		}
	})
}

// numbers is a stream that gives each of its values once and then breaks.
type numbers struct {
	grpc.ServerStreamingClient[int]
	values []int
}

func (n *numbers) Recv() (*int, error) {
	if len(n.values) == 0 {
		return nil, errors.New("broken")
	}
	v := n.values[0]
	n.values = n.values[1:]
	return &v, nil
}

func TestStreamThatBreaksIsOpenedAgainWithBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var reported, opened atomic.Int64
		l := sdk.NewLink("test", func(error) { reported.Add(1) })
		var got []int
		var follower sync.WaitGroup
		follower.Go(func() {
			sdk.Follow(ctx, l, "numbers",
				func(context.Context, grpc.ClientConnInterface) (grpc.ServerStreamingClient[int], error) {
					n := int(opened.Add(1))
					if n == 2 {
						return nil, errors.New("refused")
					}
					return &numbers{values: []int{n}}, nil
				},
				func(v *int) { got = append(got, *v) })
		})
		synctest.Wait()
		if opened.Load() != 0 {
			t.Error("a stream was opened on a link that is down")
		}
		l.Up(&grpc.ClientConn{})
		time.Sleep(10 * time.Second)
		cancel()
		follower.Wait()
		if n := opened.Load(); n < 50 || n > 250 {
			t.Errorf("%d streams in 10 s", n)
		}
		if len(got) < 2 || got[0] != 1 || got[1] != 3 || reported.Load() != opened.Load() {
			t.Errorf("got %d values, %d reports", len(got), reported.Load())
		}
	})
}
