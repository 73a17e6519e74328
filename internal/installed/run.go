package installed

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// Run is what a program does that judges installations: it judges for so long at most, or until a person interrupts it, and ends with
// status 1 if anything failed or was not good.
func Run(name string, most time.Duration, judge func(context.Context) (good bool, err error)) {
	good, err := within(most, judge)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	}
	if err != nil || !good {
		os.Exit(1)
	}
}

func within(most time.Duration, judge func(context.Context) (bool, error)) (bool, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return judge(ctx)
}
