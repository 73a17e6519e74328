package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

type foreign string

func (f foreign) Error() string     { return "foreign" }
func (f foreign) FaultKind() string { return string(f) }

func TestZeroKindIsBug(t *testing.T) {
	var e Error
	if KindOf(&e) != Bug || !errors.Is(&e, Bug) {
		t.Fatalf("a zero fault is %v", KindOf(&e))
	}
	if Kind(200).String() != "bug" {
		t.Fatal("a kind out of range is not told as bug")
	}
}

func TestKindSurvivesWrapping(t *testing.T) {
	for k := Bug; k <= Halted; k++ {
		err := fmt.Errorf("outer: %w", New(k, "ask", errors.New("inner")))
		if KindOf(err) != k {
			t.Errorf("KindOf(%v) = %v", err, KindOf(err))
		}
		if !errors.Is(err, k) {
			t.Errorf("errors.Is misses %v", k)
		}
		if k != Stale && errors.Is(err, Stale) {
			t.Errorf("%v taken for stale", k)
		}
	}
}

func TestKindOfWhatIsNotOurs(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{errors.New("plain"), Bug},
		{context.DeadlineExceeded, Timeout},
		{fmt.Errorf("asked: %w", context.Canceled), Timeout},
		{fmt.Errorf("wrapped: %w", foreign("unavailable")), Unavailable},
		{foreign("nonsense"), Bug},
		{&Error{Kind: Stale, Cause: foreign("unavailable")}, Stale},
	} {
		if got := KindOf(c.err); got != c.want {
			t.Errorf("KindOf(%v) = %v, want %v", c.err, got, c.want)
		}
	}
}

func TestErrorTellsWhereAndWhy(t *testing.T) {
	cause := errors.New("stream ended")
	err := &Error{Kind: Unavailable, Op: "ask", Plugin: "cedar", Cause: cause}
	for _, part := range []string{"cedar", "ask", "unavailable", "stream ended"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not tell %q", err, part)
		}
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
}
