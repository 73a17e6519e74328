package auditkit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	"argus/plugin/sdk/audit"
	"argus/plugin/sdk/conformance"
	auditv1 "argus/proto/argus/audit/v1"
)

// Kit is the checks of an audit sink.
func Kit() conformance.Kit {
	check := conformance.On(open)
	return append(conformance.Common(askKept),
		check("AUD-01", "Append keeps steps and refusals, and tells up to which step it has, with its chain, and the refusal that it was given last, with its count.", keeps).AsFirst(),
		conformance.Check{ID: "AUD-02", Try: keepsOver,
			Text: "What was appended is kept over the end of the plugin, and Kept tells the same after the next start."},
		check("AUD-03", "Events after a step that is not the last one kept, such as steps that come again, are refused with FAILED_PRECONDITION, and nothing of them is kept.", refusesGaps),
		check("AUD-04", "512 events are taken at once, with every text at its longest.", takesMany),
		check("AUD-05", "A batch with an event that is neither a step nor a refusal, or lacks its time or its chain, or with steps that do not rise, is refused with INVALID_ARGUMENT, and nothing of it is kept.", refusesImproper),
		check("AUD-06", "Query finds each event whole, and once, however often a refusal came.", findsWhole),
		check("AUD-07", "Query finds by principal, agent and whoever is below it, tool, rule, what happened, time, and text in whatever case.", findsBy),
		check("AUD-08", "Query gives the newest or the oldest first, at most as many as were asked for, by ids that rise and stay.", findsInOrder),
		check("AUD-09", "A refusal that comes again with a greater count has that count, and with a smaller one keeps it.", counts),
		check("AUD-10", "Questions are answered while events are appended.", answersMeanwhile),
		check("AUD-11", "Events after a step with the number of the last one kept and another chain, which is of another journal, are refused with FAILED_PRECONDITION, and nothing of them is kept.", refusesAnother),
	)
}

// askKept is a call of the kind.
func askKept(ctx context.Context, conn grpc.ClientConnInterface) error {
	_, err := auditv1.NewAuditClient(conn).Kept(ctx, &auditv1.KeptRequest{})
	return err
}

// principal is whose events the kit appends.
const principal = "conformance"

// ledger gives a sink its events: the next sequences, and references that nobody has.
type ledger struct {
	*audit.Client
	rpc  auditv1.AuditClient
	kept audit.Kept // by the sink
	last uint64     // step that was made
	mark string     // in every event of this run
	n    int        // refusals that were made
	had  int        // events that were appended
}

func open(ctx context.Context, _ *conformance.Plugin, conn grpc.ClientConnInterface) (*ledger, error) {
	link, _ := conformance.Link(conn)
	l := &ledger{Client: audit.NewClient(link), rpc: auditv1.NewAuditClient(conn), mark: fmt.Sprint("mark", time.Now().UnixNano())}
	var err error
	l.kept, err = l.Kept(ctx)
	l.last = l.kept.Sequence
	return l, err
}

// Close has nothing to let go: the sink keeps what it was given.
func (l *ledger) Close() error { return nil }

func (l *ledger) step(agent, tool string) audit.Event {
	l.last++
	return audit.Event{
		Sequence: l.last, Chain: l.chain(l.last), Time: time.Now().UTC(), What: "started", Principal: principal, Agent: agent, Tool: tool, Invocation: new(l.last),
		Level: "public", Integrity: "proven", Detail: l.mark,
	}
}

// chain is one that a record of this run could have.
func (l *ledger) chain(record uint64) audit.Chain {
	return sha256.Sum256(fmt.Append(nil, l.mark, record))
}

func (l *ledger) refusal(rule string, count uint64) audit.Event {
	l.n++
	return audit.Event{
		Reference: fmt.Sprintf("R-%s-%d", l.mark, l.n), Time: time.Now().UTC(), What: audit.Refused, Principal: principal, Agent: "root.7", Tool: "mail__send",
		Level: "sensitive", Integrity: "observed", Rule: rule, Detail: l.mark, Count: count,
	}
}

// append demands that the sink has kept everything then.
func (l *ledger) append(ctx context.Context, events ...audit.Event) error {
	kept, err := l.Append(ctx, l.kept, events)
	if err == nil {
		l.kept, l.had = kept, l.had+len(events)
	}
	return err
}

// refused demands that the sink refuses events, and has kept nothing of them.
func (l *ledger) refused(ctx context.Context, after audit.Kept, events ...audit.Event) error {
	_, err := l.Append(ctx, after, events)
	if failed, is := errors.AsType[*sdk.Failure](err); !is || failed.Kind != sdk.Unavailable {
		return fmt.Errorf("it ended with %v", err)
	}
	return l.unmoved(ctx)
}

// unmoved demands that the sink has kept what it had, and nothing of what it refused.
func (l *ledger) unmoved(ctx context.Context) error {
	kept, err := l.Kept(ctx)
	if err == nil && kept != l.kept {
		err = fmt.Errorf("it has kept %s, and says %s after something that was refused", place(l.kept), place(kept))
	}
	if err != nil {
		return err
	}
	return l.finds(ctx, l.mark, l.had)
}

// finds demands of a sink that can be asked that it finds n events by a text.
func (l *ledger) finds(ctx context.Context, text string, n int) error {
	found, err := l.find(ctx, audit.Query{Text: text})
	if mute := (*conformance.NotClaimed)(nil); errors.As(err, &mute) {
		return nil
	}
	if err == nil && len(found) != n {
		err = fmt.Errorf("it has taken %d events, and finds %d", n, len(found))
	}
	return err
}

func place(k audit.Kept) string {
	return fmt.Sprintf("step %d (%.8s) and refusal %q (%d)", k.Sequence, k.Chain, k.Reference, k.Count)
}

// find asks for events of this run.
func (l *ledger) find(ctx context.Context, q audit.Query) ([]audit.Found, error) {
	if q.Text == "" {
		q.Text = l.mark
	}
	if q.Limit == 0 {
		q.Limit = audit.MaxFound
	}
	found, err := l.Query(ctx, q)
	if errors.Is(err, audit.ErrNoStore) {
		return nil, &conformance.NotClaimed{What: "it passes events on and cannot be asked"}
	}
	return found, err
}

func keeps(ctx context.Context, l *ledger) error {
	return l.append(ctx, l.step("root.1", "db/read"), l.refusal("2a", 1), l.step("root.1", "db/read"))
}

func keepsOver(ctx context.Context, p *conformance.Plugin) error {
	var before *ledger
	err := p.Use(ctx, func(conn grpc.ClientConnInterface) error {
		l, err := open(ctx, p, conn)
		if err == nil {
			err = l.append(ctx, l.step("root.1", "db/read"), l.refusal("2a", 3))
			before = l
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.Use(ctx, func(conn grpc.ClientConnInterface) error {
		l, err := open(ctx, p, conn)
		if err != nil {
			return err
		}
		if l.kept != before.kept {
			return fmt.Errorf("it had kept %s, and after its next start %s", place(before.kept), place(l.kept))
		}
		return l.finds(ctx, before.mark, before.had)
	})
}

func refusesGaps(ctx context.Context, l *ledger) error {
	start := l.kept
	first, second := l.step("root.1", "db/read"), l.step("root.1", "db/read")
	if err := l.append(ctx, first, second); err != nil {
		return err
	}
	ahead := audit.Kept{Sequence: l.last + 1, Chain: l.kept.Chain}
	for _, c := range []struct {
		name   string
		after  audit.Kept
		events []audit.Event
	}{
		{"steps that come again", start, []audit.Event{first, second}},
		{"a step that comes again with a new one", audit.Kept{Sequence: first.Sequence, Chain: first.Chain}, []audit.Event{second, l.step("root.1", "db/read")}},
		{"a step after one that it was not given", ahead, []audit.Event{l.step("root.1", "db/read")}},
		{"a refusal after such a step", ahead, []audit.Event{l.refusal("2a", 1)}},
	} {
		if err := l.refused(ctx, c.after, c.events...); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return l.append(ctx, l.step("root.1", "db/read"))
}

// refusesAnother has the sink be given what comes after the same number of another journal, as it is where one is begun anew.
func refusesAnother(ctx context.Context, l *ledger) error {
	if err := l.append(ctx, l.step("root.1", "db/read")); err != nil {
		return err
	}
	other := l.kept
	other.Chain[0] ^= 1
	for name, events := range map[string][]audit.Event{
		"a step": {l.step("root.1", "db/read")}, "a refusal": {l.refusal("2a", 1)}, "nothing": nil,
	} {
		if err := l.refused(ctx, other, events...); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return l.append(ctx, l.step("root.1", "db/read"))
}

func takesMany(ctx context.Context, l *ledger) error {
	var events []audit.Event
	for range audit.MaxEvents {
		events = append(events, l.long())
	}
	return l.append(ctx, events...)
}

// long is a step with every text at its longest.
func (l *ledger) long() audit.Event {
	name := strings.Repeat("é", audit.MaxName/2)
	e := l.step(name, name)
	e.Level, e.Integrity = name, name
	e.Detail += strings.Repeat("x", audit.MaxDetail-len(e.Detail))
	return e
}

// signs is a text of what stores and pages take for something else.
const signs = `it's "all" 100% \n _ ; -- <b>&amp;</b> ${x} é 語 🜁`

func refusesImproper(ctx context.Context, l *ledger) error {
	before := l.kept.Sequence
	chain := l.chain(0)
	for name, spoil := range map[string]func(*auditv1.Event){
		"neither a step nor a refusal": func(e *auditv1.Event) { e.Sequence = 0 },
		"a step without its chain":     func(e *auditv1.Event) { e.Chain = nil },
		"a chain that is too short":    func(e *auditv1.Event) { e.Chain = e.Chain[1:] },
		"a step before another":        func(e *auditv1.Event) { e.Sequence = before + 1 },
		"a step with a reference":      func(e *auditv1.Event) { e.Reference = "R-AAAAAAAA" },
		"without a time":               func(e *auditv1.Event) { e.TimeUnixNano = 0 },
		"without what happened":        func(e *auditv1.Event) { e.What = "" },
	} {
		good := &auditv1.Event{Sequence: before + 1, Chain: chain[:], TimeUnixNano: 1, What: "started", Principal: principal, Detail: l.mark}
		bad := &auditv1.Event{Sequence: before + 2, Chain: chain[:], TimeUnixNano: 1, What: "started", Principal: principal, Detail: l.mark}
		spoil(bad)
		_, err := l.rpc.Append(ctx, &auditv1.AppendRequest{
			Events: []*auditv1.Event{good, bad}, AfterSequence: before, AfterChain: l.kept.Chain.Bytes(),
		})
		if status.Code(err) != codes.InvalidArgument {
			return fmt.Errorf("%s: it ended with %s", name, status.Code(err))
		}
	}
	return l.unmoved(ctx)
}

func findsWhole(ctx context.Context, l *ledger) error {
	given := []audit.Event{l.step("root.1", "db/read"), l.refusal("2a", 1), l.step("root.1.2", "mail/send"), l.long(), l.step(signs, signs)}
	given[2].Invocation = nil
	for _, events := range [][]audit.Event{given, {given[1]}} {
		if err := l.append(ctx, events...); err != nil {
			return err
		}
	}
	found, err := l.find(ctx, audit.Query{OldestFirst: true})
	if err != nil {
		return err
	}
	if len(found) != len(given) {
		return fmt.Errorf("of %d events, a refusal among them that came twice, it finds %d", len(given), len(found))
	}
	for i, f := range found {
		if !same(f.Event, given[i]) {
			return fmt.Errorf("an event was given as %+v and is found as %+v", given[i], f.Event)
		}
	}
	return nil
}

func same(a, b audit.Event) bool {
	if (a.Invocation == nil) != (b.Invocation == nil) || a.Invocation != nil && *a.Invocation != *b.Invocation {
		return false
	}
	a.Invocation, b.Invocation = nil, nil
	return a == b
}

func findsBy(ctx context.Context, l *ledger) error {
	early := time.Now().UTC()
	time.Sleep(time.Millisecond) // two moments that a clock tells apart
	named := "mail/send-" + strings.ToLower(rand.Text())
	refusal := l.refusal("2a", 1)
	events := []audit.Event{l.step("root.1", "db/read"), l.step("root.1.2", named), l.step("root.10", "db/read"), refusal, l.refusal("C1", 1)}
	if err := l.append(ctx, events...); err != nil {
		return err
	}
	time.Sleep(time.Millisecond)
	late := time.Now().UTC()
	for _, c := range []struct {
		name string
		q    audit.Query
		want int
	}{
		{"by principal", audit.Query{Principal: principal}, 5}, {"by another principal", audit.Query{Principal: "nobody"}, 0},
		{"by agent and whoever is below it", audit.Query{Agent: "root.1"}, 2}, {"by tool", audit.Query{Tool: "db/read"}, 2},
		{"by rule", audit.Query{Rule: "2a"}, 1}, {"by what happened", audit.Query{What: audit.Refused}, 2},
		{"from a time on", audit.Query{From: early}, 5}, {"before a time", audit.Query{Before: early}, 0},
		{"from a later time on", audit.Query{From: late}, 0}, {"before a later time", audit.Query{Before: late}, 5},
		{"by a text in another case", audit.Query{Text: strings.ToUpper(l.mark)}, 5},
		{"by the text of a tool", audit.Query{Text: strings.ToUpper(named)}, 1}, {"by the text of a reference", audit.Query{Text: refusal.Reference}, 1},
		{"by a text with signs", audit.Query{Text: "%" + l.mark}, 0}, {"by two things", audit.Query{Agent: "root.1", Tool: named}, 1},
	} {
		found, err := l.find(ctx, c.q)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if len(found) != c.want {
			return fmt.Errorf("%s it finds %d events and not %d", c.name, len(found), c.want)
		}
	}
	return nil
}

func findsInOrder(ctx context.Context, l *ledger) error {
	var events []audit.Event
	for range 10 {
		events = append(events, l.step("root.1", "db/read"))
	}
	if err := l.append(ctx, events...); err != nil {
		return err
	}
	oldest, err := l.find(ctx, audit.Query{OldestFirst: true, Limit: 4})
	if err != nil {
		return err
	}
	newest, err := l.find(ctx, audit.Query{Limit: 6})
	if err != nil {
		return err
	}
	if len(oldest) != 4 || len(newest) != 6 {
		return fmt.Errorf("of 10 events, asked for 4 and 6, it finds %d and %d", len(oldest), len(newest))
	}
	rest, err := l.find(ctx, audit.Query{OldestFirst: true, AfterID: oldest[3].ID})
	if err != nil {
		return err
	}
	for i := range newest {
		if len(rest) != 6 || rest[i].ID != newest[5-i].ID || rest[i].Sequence != events[4+i].Sequence {
			return errors.New("after the fourth come other events than the six newest")
		}
	}
	return nil
}

func counts(ctx context.Context, l *ledger) error {
	refusal := l.refusal("2a", 1)
	for _, n := range []uint64{1, 9, 4} {
		refusal.Count = n
		if err := l.append(ctx, refusal); err != nil {
			return err
		}
	}
	found, err := l.find(ctx, audit.Query{})
	if err == nil && (len(found) != 1 || found[0].Count != 9) {
		err = fmt.Errorf("of a refusal that came with the counts 1, 9 and 4 it finds %d events", len(found))
		if len(found) == 1 {
			err = fmt.Errorf("a refusal that came with the counts 1, 9 and 4 has the count %d", found[0].Count)
		}
	}
	return err
}

func answersMeanwhile(ctx context.Context, l *ledger) error {
	if _, err := l.find(ctx, audit.Query{Limit: 1}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var asking sync.WaitGroup
	failed := make(chan error, 4)
	for range 4 {
		asking.Go(func() {
			for ctx.Err() == nil {
				if _, err := l.find(ctx, audit.Query{Limit: 100}); err != nil && ctx.Err() == nil {
					failed <- err
					return
				}
			}
		})
	}
	var err error
	for range 20 {
		if err = l.append(ctx, l.step("root.1", "db/read"), l.refusal("2a", 1)); err != nil {
			break
		}
	}
	cancel()
	asking.Wait()
	select {
	case asked := <-failed:
		return errors.Join(err, asked)
	default:
		return err
	}
}
