package keeper

import (
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/hashicorp/go-hclog"
)

// watch tells of changes of a folder, where the file system can. Whatever it misses the polling finds.
type watch struct {
	watcher *fsnotify.Watcher // nil if there is none
	folder  string
}

func newWatch(folder string, logger hclog.Logger) watch {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		logger.Warn("changes of the policies are found by polling only", "cause", err)
		return watch{folder: folder}
	}
	w := watch{watcher: watcher, folder: folder}
	w.follow()
	return w
}

// follow watches what now has the folder's name; that may be another folder than a moment ago, or none yet.
func (w watch) follow() {
	if w.watcher != nil {
		_ = w.watcher.Add(w.folder) // what is not there is polled for
	}
}

func (w watch) events() <-chan fsnotify.Event {
	if w.watcher == nil {
		return nil
	}
	return w.watcher.Events
}

func (w watch) errors() <-chan error {
	if w.watcher == nil {
		return nil
	}
	return w.watcher.Errors
}

func (w watch) close() {
	if w.watcher != nil {
		_ = w.watcher.Close()
	}
}

// run loads the folder again after each change until Close.
func (k *Keeper) run(w watch, settled bool) {
	defer close(k.done)
	defer w.close()
	poll := time.NewTicker(k.times.poll)
	defer poll.Stop()
	quiet := time.NewTimer(k.times.quiet)
	defer quiet.Stop()
	if settled {
		quiet.Stop()
	}
	for {
		select {
		case <-k.stop:
			return
		case <-w.events():
			quiet.Reset(k.times.quiet)
		case <-w.errors(): // events may be lost: look
			quiet.Reset(k.times.quiet)
		case <-poll.C:
			w.follow()
			if k.look(k.folder) != k.stamp && !k.load() {
				quiet.Reset(k.times.quiet)
			}
		case <-quiet.C:
			if !k.load() {
				quiet.Reset(k.times.quiet)
			}
		}
	}
}
