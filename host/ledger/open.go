package ledger

import (
	"context"
	"encoding/json"
	"fmt"

	"argus/host/journal"
	"argus/kernel"
)

const factGenesis = "genesis"

type genesis struct {
	Bits uint64 `json:"bits"`
}

// Open replays the journal, settles as unknown what a crash left open, and starts the writer. After an unclean boot of the machine every
// agent takes the highest label of the theory, because a start that was written but not durable may be lost. The ledger owns
// the journal from here on.
func Open(j *journal.Journal, found journal.Recovery, o Options) (*Ledger, error) {
	l := &Ledger{
		journal: j,
		folder:  theoryFolder(o.TheoryFolder),
		observe: o.Observe,
		inbox:   make(chan *request, inboxSize),
		stop:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	l.current.Store(&Snapshot{State: kernel.Genesis(o.Bits)})
	if l.observe == nil {
		l.observe = func(Record) error { return nil }
	}
	if err := l.replay(); err != nil {
		return nil, fmt.Errorf("replay the journal: %w", err)
	}
	go l.run()
	if err := l.recover(found, o.Bits); err != nil {
		close(l.stop)
		<-l.stopped
		return nil, err
	}
	return l, nil
}

func (l *Ledger) replay() error {
	s := *l.Current()
	theories := map[kernel.Digest]kernel.Theory{}
	for kept, err := range l.journal.Replay(0) {
		if err != nil {
			return err
		}
		r, err := decode(kept.Payload)
		if err != nil {
			return fmt.Errorf("record %d: %w", kept.Seq, err)
		}
		r.Sequence, r.Chain = kept.Seq, kept.Chain
		if err := l.redo(&s, r, theories); err != nil {
			return fmt.Errorf("record %d: %w", kept.Seq, err)
		}
		if err := l.observe(r.Record); err != nil {
			return fmt.Errorf("record %d: %w", kept.Seq, err)
		}
	}
	l.current.Store(&s)
	return nil
}

// redo applies one record. A step must come out exactly as it was kept, under the theory it names.
func (l *Ledger) redo(s *Snapshot, r *decoded, theories map[kernel.Digest]kernel.Theory) error {
	s.Sequence = r.Sequence
	switch r.kind {
	case kindFact:
		return l.redoFact(s, r.Fact)
	case kindTheory:
		t, known := theories[r.Theory]
		if !known {
			read, err := l.folder.read(r.Theory)
			if err != nil {
				return err
			}
			t = read
			theories[r.Theory] = t
		}
		s.Theory = t
		return nil
	}
	if r.Theory != s.Theory.Digest() {
		return fmt.Errorf("judged under theory %s, but %s was in force", r.Theory, s.Theory.Digest())
	}
	out, ok := kernel.Step(s.Theory, s.State, r.Input).(kernel.Accepted)
	if !ok {
		return fmt.Errorf("the kernel refuses a step that it once accepted")
	}
	if !r.sameEvent(out.Event) {
		return fmt.Errorf("the step came out differently than it was kept")
	}
	s.State, r.Event = out.State, out.Event
	return nil
}

func (l *Ledger) redoFact(s *Snapshot, f *Fact) error {
	if f.Kind != factGenesis {
		return nil
	}
	var g genesis
	if err := json.Unmarshal(f.Body, &g); err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	s.State = kernel.Genesis(g.Bits)
	return nil
}

// recover makes up for what a crash left: open calls end as unknown, and whatever a reboot may have lost is taken as read.
func (l *Ledger) recover(found journal.Recovery, bits uint64) error {
	ctx := context.Background()
	if l.Current().Sequence == 0 {
		body, err := json.Marshal(genesis{bits})
		if err != nil {
			return fmt.Errorf("encode genesis: %w", err)
		}
		if err := l.Record(ctx, Fact{Kind: factGenesis, Body: body}); err != nil {
			return err
		}
	}
	for _, in := range openCalls(l.Current().State) {
		if a, err := l.Apply(ctx, in, Note{}); err != nil || a.Refusal != nil {
			return fmt.Errorf("settle call %d that a crash left open: refusal %v: %w", in.Invocation, a.Refusal, err)
		}
	}
	if found.Rebooted && !found.Clean {
		if err := l.taintAll(ctx); err != nil {
			return err
		}
	}
	if err := l.journal.Sync(ctx, l.Current().Sequence); err != nil {
		return fmt.Errorf("make the recovery durable: %w", err)
	}
	return l.journal.Settle()
}

// openCalls lists the completions of every call that no one will complete any more.
func openCalls(s kernel.State) []kernel.InvokeComplete {
	var ins []kernel.InvokeComplete
	for id, a := range s.Agents.All() {
		for inv := range a.Flights.All() {
			ins = append(ins, unknown(id, inv))
		}
	}
	for inv, id := range s.Settling.All() {
		ins = append(ins, unknown(id, inv))
	}
	return ins
}

func unknown(id kernel.AgentID, inv kernel.InvocationID) kernel.InvokeComplete {
	return kernel.InvokeComplete{Agent: id, Invocation: inv, Outcome: kernel.Unknown}
}

// taintAll joins the highest label of the theory to every agent that acts below root.
func (l *Ledger) taintAll(ctx context.Context) error {
	s := l.Current()
	top := kernel.Clean()
	for _, tool := range s.Theory.Tools().All() {
		top = top.Join(tool.Label)
	}
	for id := range s.State.Agents.All() {
		if id == kernel.Root || !s.State.Acts(id) {
			continue
		}
		a, err := l.Apply(ctx, kernel.Elevate{Agent: id, Label: top}, Note{})
		if err != nil || a.Refusal != nil {
			return fmt.Errorf("taint agent %s after an unclean boot: refusal %v: %w", id, a.Refusal, err)
		}
	}
	return nil
}
