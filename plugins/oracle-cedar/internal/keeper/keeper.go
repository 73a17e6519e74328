// Package keeper keeps the engine in step with the folder of policies.
//
// It decides which engine answers a question. A folder that cannot be read as a whole and without a mistake changes nothing but
// the problems that are told: the engine before it stays in force. It never lets a question wait for a reload, and never
// answers with anything but one whole engine, whose digest the answer carries.
package keeper

import (
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/engine"
	"argus/plugins/oracle-cedar/internal/source"
)

// grace is how long after a change questions that still name the policy before it are answered by that.
const grace = 10 * time.Second

// Keeper holds the engine in force. Make one with Open and Close it in the end.
type Keeper struct {
	folder string
	logger hclog.Logger
	times  times
	now    func() time.Time
	look   func(folder string) string // source.Stamp

	state   sdk.Latest[oracle.PolicyState]
	engines atomic.Pointer[engines] // written by load only
	stamp   string                  // of the folder as it was last read; used by load only

	stop chan struct{}
	done chan struct{}
}

// engines is the engine in force, and the one before it for those who have not heard yet.
type engines struct {
	present, former *engine.Engine
	formerUntil     time.Time
}

// times paces the watching of a folder.
type times struct {
	quiet time.Duration // after a change, so that a person's save of several files is read as one
	poll  time.Duration // for file systems that tell of no changes, and for folders that are replaced
}

var defaultTimes = times{quiet: 150 * time.Millisecond, poll: 2 * time.Second}

// Open loads the folder and watches it until Close. If the folder cannot be loaded no policy is in force, every question is
// answered with an error, and Policy tells why.
func Open(folder string, logger hclog.Logger) *Keeper { return open(folder, logger, defaultTimes) }

func open(folder string, logger hclog.Logger, t times) *Keeper {
	// Watch before loading, so that no change falls in between.
	return start(folder, logger, t, newWatch(folder, logger))
}

func start(folder string, logger hclog.Logger, t times, w watch) *Keeper {
	k := &Keeper{
		folder: folder, logger: logger, times: t, now: time.Now, look: source.Stamp,
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	settled := k.load()
	go k.run(w, settled)
	return k
}

// Close stops the watching. Questions are still answered.
func (k *Keeper) Close() {
	close(k.stop)
	<-k.done
}

// Policy is the policy in force and a channel that is closed when that has changed.
func (k *Keeper) Policy() (oracle.PolicyState, <-chan struct{}) { return k.state.Get() }

// Ask answers q by the policy that it names, if that is in force or was so a moment ago, and else by the one in force.
func (k *Keeper) Ask(q oracle.Question) oracle.Answer {
	held := k.engines.Load()
	if held == nil {
		return oracle.Answer{PolicyDigest: q.PolicyDigest, EvaluationError: "no policy is in force: the folder of policies has mistakes, which the host was told of"}
	}
	return held.choose(q.PolicyDigest, k.now()).Ask(q)
}

func (e *engines) choose(digest string, now time.Time) *engine.Engine {
	if e.former != nil && digest == e.former.Digest() && digest != e.present.Digest() && now.Before(e.formerUntil) {
		return e.former
	}
	return e.present
}

// load reads the folder and puts it in force if all of it is in order. It returns false if the folder changed meanwhile and is
// to be read again.
func (k *Keeper) load() (settled bool) {
	stamp := k.look(k.folder)
	files, problems := source.Read(k.folder)
	if k.look(k.folder) != stamp {
		return false
	}
	k.stamp = stamp
	if len(problems) > 0 {
		k.decline(problems)
		return true
	}
	compiled, problems := engine.Compile(files)
	if len(problems) > 0 {
		for i := range problems {
			problems[i].File = filepath.Join(k.folder, problems[i].File)
		}
		k.decline(problems)
		return true
	}
	k.put(compiled)
	return true
}

// put brings e into force. Callers of Policy hear of it only afterwards, so that who asks by the new digest is answered by it.
func (k *Keeper) put(e *engine.Engine) {
	held := k.engines.Load()
	if held == nil || held.present.Digest() != e.Digest() {
		next := &engines{present: e}
		if held != nil {
			next.former, next.formerUntil = held.present, k.now().Add(grace)
		}
		k.engines.Store(next)
	}
	state := oracle.PolicyState{Digest: e.Digest(), Policies: e.Policies()}
	if e.Policies() == 0 {
		state.Problems = []sdk.Problem{{
			File: k.folder, Message: "the folder holds no policy, so every call is refused",
			Fix: "add a file that ends in " + source.Extension + " with at least one permit",
		}}
	}
	k.tell(state)
}

// decline leaves the engine in force and tells why the folder is not.
func (k *Keeper) decline(problems []sdk.Problem) {
	state := oracle.PolicyState{Problems: problems}
	if held := k.engines.Load(); held != nil {
		state.Digest, state.Policies = held.present.Digest(), held.present.Policies()
	}
	k.tell(state)
}

func (k *Keeper) tell(state oracle.PolicyState) {
	before, _ := k.state.Get()
	if before.Digest == state.Digest && slices.Equal(before.Problems, state.Problems) {
		return
	}
	for _, p := range state.Problems {
		k.logger.Error("a policy needs mending",
			"file", p.File, "line", p.Line, "problem", p.Message, "fix", p.Fix, "in_force", state.Digest)
	}
	k.state.Set(state)
}
