package upstream

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/host/fault"
	"argus/internal/ijson"
	"argus/plugin/sdk"
)

// maxWanted bounds the resources of one server whose updates are wanted.
const maxWanted = 1000

// subscriptionID is the member of _meta that says to which subscriptions/listen a notification belongs.
const subscriptionID = reserved + "subscriptionId"

var emptyResult = object(nil)

// listening keeps one subscriptions/listen open on a server of the modern era: for the lists that it says may change, and for the resources
// that were subscribed to, by whomever. What is listened for cannot be changed, so each change opens another before it closes the last. One goroutine
// owns it; it ends with the life, and the subscriptions with it.
type listening struct {
	session *session
	lists   []string // members of the filter, for lists that may change
	changes chan change
	wanted  map[string]bool // by URI
	present *subscription

	mu   sync.Mutex
	open map[int64]*subscription // what the server may speak of, by the id of the request
}

// change is a wish to be told of a resource, or not any more.
type change struct {
	uri  string
	add  bool
	done chan Reply // holds one
}

// subscription is one request of subscriptions/listen.
type subscription struct {
	id     int64
	answer <-chan Reply
	acked  chan []string // the resources that the server agrees to; holds one

	names []string // of the notifications that may come
	uris  []string
}

func newListening(l *session, capabilities ijson.Value) *listening {
	n := &listening{session: l, changes: make(chan change), wanted: map[string]bool{}, open: map[int64]*subscription{}}
	for list := range listMethods {
		offer, _ := capabilities.Member(list)
		changes, _ := offer.Member("listChanged")
		if yes, _ := changes.Bool(); yes {
			n.lists = append(n.lists, list)
		}
	}
	slices.Sort(n.lists)
	return n
}

// listMethods are the notifications of changed lists, by the capability.
var listMethods = map[string]string{
	"tools":     mcp.MethodNotificationToolsListChanged,
	"prompts":   mcp.MethodNotificationPromptsListChanged,
	"resources": mcp.MethodNotificationResourcesListChanged,
}

// run listens until the life ends. A server that does not agree, or does no longer, is asked again, later each time.
func (n *listening) run() {
	n.replace()
	pause := sdk.Backoff{Min: n.session.server.options.ListInterval, Max: n.session.server.options.BackoffMost}
	var again <-chan time.Time
	for {
		var over <-chan Reply
		if n.present != nil {
			over = n.present.answer
		} else if again == nil && n.wants() {
			again = time.After(pause.Next())
		}
		select {
		case c := <-n.changes:
			c.done <- n.change(c)
		case <-over:
			n.close(n.present)
			n.present = nil
		case <-again:
			again = nil
			n.replace()
		case <-n.session.ended:
			return
		}
	}
}

// wish has a change made; see Set.Call.
func (n *listening) wish(ctx context.Context, q Request) (Reply, error) {
	params, err := ijson.Parse(q.Params, ijson.AtMost(n.session.server.options.FrameBytes))
	member, _ := params.Member("uri")
	uri, isText := member.Text()
	if err != nil || !isText || len(uri) > maxURI {
		return Reply{}, fault.New(fault.Invalid, n.session.server.calling, errors.New("a subscription needs a URI of bounded length"))
	}
	c := change{uri: uri, add: q.Method == string(mcp.MethodResourcesSubscribe), done: make(chan Reply, 1)}
	select {
	case n.changes <- c:
	case <-n.session.ended:
		return Reply{}, fault.New(fault.Unavailable, n.session.server.calling, errLifeEnded)
	case <-ctx.Done():
		return Reply{}, n.session.notSent(ctx, nil)
	}
	select {
	case reply := <-c.done:
		return reply, nil
	case <-n.session.ended:
		return Reply{}, fault.New(fault.Unavailable, n.session.server.calling, errLifeEnded)
	case <-ctx.Done():
		return Reply{}, fault.New(fault.Timeout, n.session.server.calling, context.Cause(ctx))
	}
}

// What an agent is told whose subscription did not come about.
var (
	notOffered = Reply{Error: &RPCError{Code: malformedCode, Message: "the server does not tell of updates of this resource"}}
	tooMany    = Reply{Error: &RPCError{Code: malformedCode, Message: "too many resources of this server are subscribed to"}}
)

func (n *listening) change(c change) Reply {
	switch {
	case c.add == n.wanted[c.uri]: // it is so already
	case c.add && len(n.wanted) >= maxWanted:
		return tooMany
	case c.add:
		n.wanted[c.uri] = true
		if !slices.Contains(n.replace(), c.uri) {
			delete(n.wanted, c.uri)
			return notOffered
		}
	default:
		delete(n.wanted, c.uri)
		n.replace()
	}
	return Reply{Result: emptyResult}
}

// wants reports whether there is anything to listen for.
func (n *listening) wants() bool { return len(n.wanted) > 0 || len(n.lists) > 0 }

// replace listens for what is wanted now, and returns the resources that the server agreed to. When it does not agree in time what was
// listened for before goes on.
func (n *listening) replace() []string {
	if !n.wants() {
		n.close(n.present)
		n.present = nil
		return nil
	}
	next, err := n.request()
	if err != nil {
		return nil
	}
	timer := time.NewTimer(n.session.server.options.ListTimeout)
	defer timer.Stop()
	select {
	case uris := <-next.acked:
		n.close(n.present)
		n.present = next
		return uris
	case <-next.answer:
	case <-timer.C:
	case <-n.session.ended:
	}
	n.close(next)
	return nil
}

// request opens another subscription.
func (n *listening) request() (*subscription, error) {
	next := &subscription{acked: make(chan []string, 1)}
	var filter []byte
	for _, list := range n.lists {
		next.names = append(next.names, listMethods[list])
		filter = append(append(filter, `,"`+list...), `ListChanged":true`...)
	}
	for uri := range n.wanted {
		next.uris = append(next.uris, uri)
	}
	slices.Sort(next.uris)
	if len(next.uris) > 0 {
		filter = append(filter, `,"resourceSubscriptions":[`...)
		for i, uri := range next.uris {
			if i > 0 {
				filter = append(filter, ',')
			}
			filter = ijson.AppendString(filter, uri)
		}
		filter = append(filter, ']')
	}
	params := append(append([]byte(`{"notifications":{`), filter[1:]...), "}}"...)
	// The lock is held until the id is known, so that no notification comes before.
	n.mu.Lock()
	defer n.mu.Unlock()
	var err error
	if next.id, next.answer, err = n.session.calls.begin(nil); err != nil {
		return nil, err
	}
	n.open[next.id] = next
	if err = n.session.out.request(next.id, string(mcp.MethodSubscriptionsListen), params, n.session.meta(next.id, nil)); err != nil {
		n.session.calls.giveUp(next.id)
		delete(n.open, next.id)
	}
	return next, err
}

// close ends a subscription, if it has not ended itself.
func (n *listening) close(s *subscription) {
	if s == nil {
		return
	}
	n.mu.Lock()
	delete(n.open, s.id)
	n.mu.Unlock()
	if n.session.calls.giveUp(s.id) {
		n.session.cancel(s.id)
	}
}

// of finds an open subscription by its id, or nil. None is open of a server that is not listened to.
func (n *listening) of(id ijson.Value) *subscription {
	number, err := strconv.ParseInt(id.Raw(), 10, 64)
	if n == nil || err != nil || !n.session.calls.awaits(number) {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.open[number]
}

func subscriptionOf(params ijson.Value) ijson.Value {
	meta, _ := params.Member("_meta")
	id, _ := meta.Member(subscriptionID)
	return id
}

// admits reports whether a notification was asked for.
func (n *listening) admits(method string, params ijson.Value) bool {
	s := n.of(subscriptionOf(params))
	if s == nil {
		return false
	}
	if method == mcp.MethodNotificationResourceUpdated {
		v, _ := params.Member("uri")
		uri, _ := v.Text()
		return slices.Contains(s.uris, uri)
	}
	return slices.Contains(s.names, method)
}

// acknowledged takes what the server agrees to. It reports whether that was asked for.
func (n *listening) acknowledged(params ijson.Value) bool {
	s := n.of(subscriptionOf(params))
	if s == nil {
		return false
	}
	filter, _ := params.Member("notifications")
	list, _ := filter.Member("resourceSubscriptions")
	select {
	case s.acked <- texts(list):
		return true
	default:
		return false // once is enough
	}
}

// cancelled ends what the server no longer tells of.
func (n *listening) cancelled(params ijson.Value) bool {
	id, _ := params.Member("requestId")
	s := n.of(id)
	return s != nil && n.session.calls.give(s.id, Reply{})
}
