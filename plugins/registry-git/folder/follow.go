package folder

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Pace says how quickly a change is looked at.
type Pace struct {
	Quiet time.Duration // without events before a look, since a change is often many events
	Most  time.Duration // after the first event, look even if there was no quiet
	Poll  time.Duration // look this often without events: not every file system has them
}

// DefaultPace suits a person who edits and git that checks out.
var DefaultPace = Pace{Quiet: 100 * time.Millisecond, Most: time.Second, Poll: 3 * time.Second}

// Follow calls look after each change of the folder and at every poll, until ctx is done. It never calls look twice at once.
func (f Folder) Follow(ctx context.Context, pace Pace, look func()) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		f.poll(ctx, pace, look)
		return
	}
	defer watcher.Close()
	poll := time.NewTicker(pace.Poll)
	defer poll.Stop()
	for {
		// Again each time: the folder may have been replaced by another of the same name. Without a watch there is the poll.
		_ = watcher.Add(string(f))
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		case <-watcher.Errors: // events were lost, so look
		case <-watcher.Events:
			if !settle(ctx, watcher, pace) {
				return
			}
		}
		look()
	}
}

// settle waits for the events to stop; false when ctx is done.
func settle(ctx context.Context, watcher *fsnotify.Watcher, pace Pace) bool {
	most := time.NewTimer(pace.Most)
	defer most.Stop()
	quiet := time.NewTimer(pace.Quiet)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-watcher.Events:
			quiet.Reset(pace.Quiet)
		case <-quiet.C:
			return true
		case <-most.C:
			return true
		}
	}
}

func (f Folder) poll(ctx context.Context, pace Pace, look func()) {
	ticker := time.NewTicker(pace.Poll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			look()
		}
	}
}
