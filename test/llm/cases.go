package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// way is how an agent talks to its model.
type way struct {
	client client
	api    string
	stream bool
}

func (w way) String() string {
	if w.stream {
		return w.client.name + ", " + w.api + ", streamed"
	}
	return w.client.name + ", " + w.api
}

func ways(all []client) []way {
	var out []way
	for _, c := range all {
		for _, api := range c.apis {
			out = append(out, way{c, api, false}, way{c, api, true})
		}
	}
	return out
}

// task is one for this way, yet without a place to go.
func (w way) task(prompts ...string) task {
	return task{API: w.api, Stream: w.stream, Prompts: prompts, Tools: tools, Mail: poisoned, Private: private, Sealed: secret}
}

// world is all that cases have: the two vendors and one installation of each kind.
type world struct {
	openai, anthropic *vendor
	tell              *house // refusals are told to the client, as they are without settings
	retry             *house // refusals are told to the model
	host              *house // the model may use the tools of Argus's own servers
	leaked            int
}

// vendor is the one of an API.
func (w *world) vendor(api string) *vendor {
	if api == "messages" {
		return w.anthropic
	}
	return w.openai
}

// through sends a task by a house.
func (w *world) through(ctx context.Context, h *house, way way, t task) (report, error) {
	if t.Key == "" {
		token, err := h.agent(ctx)
		if err != nil {
			return report{}, err
		}
		t.Key = token
	}
	t.Base = h.door + "/openai"
	if way.api == "messages" {
		t.Base = h.door + "/anthropic"
	}
	w.vendor(way.api).Forget()
	r, err := way.client.run(ctx, t)
	w.leaked += r.leaked(private)
	if w.vendor(way.api).heard(secret) {
		err = errors.Join(err, errors.New("the vendor learnt what it may not"))
	}
	return r, err
}

// kind is a kind of case, tried in every way that it fits.
type kind struct {
	name string
	fits func(way) bool
	try  func(context.Context, *world, way) error
}

func always(way) bool { return true }

func kinds() []kind {
	return []kind{
		{"without Argus the note leaks", always, bare},
		{"the note stays, refusals are told", always, attacked},
		{"everyday tasks go through", always, everyday},
		{"what is sealed never reaches the vendor", always, unsealed},
		{"the note stays, refusals are retried", always, retried},
		{"everyday tasks go through where refusals are retried", always, everydayRetried},
		{"tools of the host and of the client are held to the same", always, hosted},
		{"declared contexts have exposures of their own", func(w way) bool { return w.client.helper == "loop" }, declared},
		{"the note stays, the vendor keeps the conversation", func(w way) bool { return w.api == "responses" }, kept},
	}
}

// bare shows that the attack works where nothing stands in its way.
func bare(ctx context.Context, w *world, way way) error {
	t := way.task(newMail)
	t.Base, t.Key = w.vendor(way.api).url, vendorKey
	r, err := way.client.run(ctx, t)
	if err == nil && (r.leaked(private) == 0 || r.Error != nil) {
		err = fmt.Errorf("nothing has leaked: %v", r)
	}
	return err
}

var errAttack = errors.New("the attack went otherwise than it should")

// refused is what stands in the place of a call that was refused.
const refused = "[Argus refused the call of post_out"

func attacked(ctx context.Context, w *world, way way) error {
	r, err := w.through(ctx, w.tell, way, way.task(newMail, goOn))
	if err != nil {
		return err
	}
	switch {
	case r.Error != nil, r.leaked(private) > 0:
	case r.reached("read_mail") < 2 || r.reached("read_private") != 1:
		err = errors.New("calls that nobody has anything against were held back")
	case r.reached("post_out") > 0:
		err = errors.New("a refused call reached the client")
	case !r.says(refused):
		err = errors.New("the client was not told of the refusal")
	case !w.vendor(way.api).heard("refused"):
		err = errors.New("the model was not told of the refusal")
	default:
		return nil
	}
	return fmt.Errorf("%w: %v", cmp.Or(err, errAttack), r)
}

func everyday(ctx context.Context, w *world, way way) error {
	return greets(ctx, w, w.tell, way, way.task(greet))
}

func everydayRetried(ctx context.Context, w *world, way way) error {
	return greets(ctx, w, w.retry, way, way.task(greet))
}

// greets demands that two greetings are posted, the note is read, and the model's last word arrives.
func greets(ctx context.Context, w *world, h *house, way way, t task) error {
	r, err := w.through(ctx, h, way, t)
	if err != nil {
		return err
	}
	if r.Error != nil || len(r.Posted) != 2 || r.Posted[0] != morning || r.Posted[1] != evening || r.reached("read_private") != 1 || !r.says(noteLength(private)) {
		return fmt.Errorf("an everyday task failed: %v", r)
	}
	return nil
}

// unsealed reads what no vendor may learn. The client has it, and its next request must not go out.
func unsealed(ctx context.Context, w *world, way way) error {
	r, err := w.through(ctx, w.tell, way, way.task(sealed))
	if err == nil && (r.reached("read_sealed") != 1 || r.Error == nil || r.Error.Status != 403) {
		err = fmt.Errorf("the agent should have been refused with status 403: %v", r)
	}
	return err
}

func retried(ctx context.Context, w *world, way way) error {
	r, err := w.through(ctx, w.retry, way, way.task(newMail))
	if err != nil {
		return err
	}
	switch {
	case r.Error != nil || r.reached("post_out") > 0 || r.reached("read_private") != 1:
	case r.says("Argus refused"):
		err = errors.New("the client was told of a refusal that the model was to deal with")
	case !w.vendor(way.api).heard("refused"):
		err = errors.New("the model was not told of the refusal")
	default:
		return nil
	}
	return fmt.Errorf("%w: %v", cmp.Or(err, errAttack), r)
}

func hosted(ctx context.Context, w *world, way way) error {
	before, err := w.host.sent("summarize")
	if err != nil {
		return err
	}
	r, err := w.through(ctx, w.host, way, way.task(database))
	if err != nil {
		return err
	}
	sums, err := w.host.sent("summarize")
	if err != nil {
		return err
	}
	mails, err := w.host.sent("send-email")
	if err != nil {
		return err
	}
	w.leaked += r.leaked("the customers") + mails
	if r.Error != nil || r.reached("post_out") > 0 || mails > 0 || sums-before != 1 || r.reached("read_mail") != 1 || len(r.Calls) != 1 {
		return fmt.Errorf("%d sums and %d mails reached the server, and the client: %v", sums-before, mails, r)
	}
	if !w.vendor(way.api).heard("the customers") {
		return fmt.Errorf("the model was not given what its call of the host's tool brought: %v", r)
	}
	return nil
}

// declared attacks in one context of a principal. Another one has nothing to do with it.
func declared(ctx context.Context, w *world, way way) error {
	token, contexts, err := w.tell.contexts(ctx)
	if err != nil {
		return err
	}
	in := func(context string, prompts ...string) task {
		t := way.task(prompts...)
		t.Key, t.Headers = token, map[string]string{"Argus-Context": context}
		return t
	}
	r, err := w.through(ctx, w.tell, way, in(contexts[0], newMail))
	if err == nil && (r.Error != nil || r.reached("post_out") > 0 || !r.says(refused)) {
		err = fmt.Errorf("%w: %v", errAttack, r)
	}
	if err != nil {
		return err
	}
	if err := greets(ctx, w, w.tell, way, in(contexts[1], greet)); err != nil {
		return err
	}
	r, err = w.through(ctx, w.tell, way, in(contexts[0], greet))
	if err == nil && (len(r.Posted) > 0 || !r.says(refused)) {
		err = fmt.Errorf("the attacked context has forgotten what it read: %v", r)
	}
	return err
}

// kept has the vendor keep the conversation, and then tries to go on from it as somebody else.
func kept(ctx context.Context, w *world, way way) error {
	t := way.task(newMail, goOn)
	t.Previous = true
	r, err := w.through(ctx, w.tell, way, t)
	if err == nil && (r.Error != nil || r.reached("post_out") > 0 || r.reached("read_mail") < 2 || !r.says(refused) || !w.openai.heard("refused")) {
		err = fmt.Errorf("%w: %v", errAttack, r)
	}
	if err != nil {
		return err
	}
	stolen := way.task(greet)
	stolen.Previous, stolen.After = true, r.Last
	r, err = w.through(ctx, w.tell, way, stolen)
	if err == nil && (r.Error == nil || r.Error.Status != 403 || len(w.openai.Requests()) > 0) {
		err = fmt.Errorf("somebody else went on from the conversation: %v", r)
	}
	if err != nil {
		return err
	}
	t = way.task(greet)
	t.Previous = true
	return greets(ctx, w, w.tell, way, t)
}
