package upstream

import (
	"time"

	"github.com/hashicorp/go-hclog"
)

// Options bound what a server may cost. A zero field takes the value named beside it.
type Options struct {
	Logger  hclog.Logger // none
	Version string       // of Argus, told to servers; "0"

	// Channels says which channels of a server are declared by which it may speak: asked at each start and after Renew. None.
	Channels func(server string) Channels

	FrameBytes int // one message, either way; 16 MiB
	QueueBytes int // waiting to be written to one server; 32 MiB
	InFlight   int // calls of one server at once; 1024
	Strays     int // answers that nobody waits for, in one life; 100
	Unasked    int // requests and notifications of a server in 10 s; 10,000

	NoticeBytes int // of notices and questions passed on in 10 s; 8 MiB
	News        int // told to the observer in 10 s; 1000

	ListTools int // tools of one server; 10,000
	ListPages int // pages of one list; 1,000
	ListBytes int // one list's definitions together; 16 MiB

	ReportTimeout time.Duration // from start to the helper's report; 10 s
	StartTimeout  time.Duration // the plan; and from the report until ready; 30 s
	ListTimeout   time.Duration // a list read again; 30 s

	DiscoverTimeout time.Duration // for a server to say that it is of the modern era; 2 s
	WriteTimeout    time.Duration // for 64 KiB to be taken by the server; 10 s
	Debounce        time.Duration // between a change and reading the list again; 50 ms
	ListInterval    time.Duration // between two readings of a list, at least; 1 s
	BackoffLeast    time.Duration // before the first restart; 200 ms
	BackoffMost     time.Duration // 30 s
	PlanMost        time.Duration // between two plans of which the first failed, at most; 5 s
	HealthyAfter    time.Duration // ready so long, a server starts over at BackoffLeast; 60 s
	RenewTimeout    time.Duration // for calls in flight to finish before a renewal; 30 s
	Linger          time.Duration // between the cancelling of a call and the turn of another agent; 500 ms
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = hclog.NewNullLogger()
	}
	if o.Version == "" {
		o.Version = "0"
	}
	if o.Channels == nil {
		o.Channels = func(string) Channels { return Channels{} }
	}
	orElse(&o.FrameBytes, 16<<20)
	orElse(&o.QueueBytes, 32<<20)
	orElse(&o.InFlight, 1024)
	orElse(&o.Strays, 100)
	orElse(&o.Unasked, 10_000)
	orElse(&o.NoticeBytes, 8<<20)
	orElse(&o.News, 1000)
	orElse(&o.ListTools, 10_000)
	orElse(&o.ListPages, 1000)
	orElse(&o.ListBytes, 16<<20)
	orElse(&o.ReportTimeout, 10*time.Second)
	orElse(&o.StartTimeout, 30*time.Second)
	orElse(&o.ListTimeout, 30*time.Second)
	orElse(&o.DiscoverTimeout, 2*time.Second)
	orElse(&o.WriteTimeout, 10*time.Second)
	orElse(&o.Debounce, 50*time.Millisecond)
	orElse(&o.ListInterval, time.Second)
	orElse(&o.BackoffLeast, 200*time.Millisecond)
	orElse(&o.BackoffMost, 30*time.Second)
	orElse(&o.PlanMost, 5*time.Second)
	orElse(&o.HealthyAfter, time.Minute)
	orElse(&o.RenewTimeout, 30*time.Second)
	orElse(&o.Linger, 500*time.Millisecond)
	return o
}

// orElse sets what was left out. A negative bound counts as left out, never as none.
func orElse[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
