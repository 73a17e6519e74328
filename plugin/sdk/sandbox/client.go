package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

// CallTimeout is how long one call to a sandbox may take.
const CallTimeout = 10 * time.Second

const maxReply = 1 << 20

// Client is the host's view of a sandbox. It stays valid while the plugin behind its link restarts.
type Client struct{ link *sdk.Link }

// NewClient is a client over link.
func NewClient(link *sdk.Link) *Client { return &Client{link: link} }

// Returns is closed when the sandbox is up next; see [sdk.Link.Returns].
func (c *Client) Returns() <-chan struct{} { return c.link.Returns() }

// Survey tells what this machine can enforce, as the sandbox sees it.
func (c *Client) Survey(ctx context.Context) ([]Layer, error) {
	const op = "survey"
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	conn, _, err := c.link.Conn(op)
	if err != nil {
		return nil, err
	}
	reply, err := sandboxv1.NewSandboxClient(conn).Survey(ctx, &sandboxv1.SurveyRequest{}, grpc.MaxCallRecvMsgSize(maxReply))
	if err != nil {
		return nil, sdk.FromStatus(c.link.Plugin(), op, err)
	}
	layers, err := layersFromWire(reply)
	if err != nil {
		return nil, c.link.Fail(sdk.Broken, op, err)
	}
	return layers, nil
}

// Plan asks how to start one server. The plan promises at least what require lists; nil stands for Baseline of the profile, so a
// caller that wants less must say what it still wants. What the machine can not enforce is a Failure that wraps a *Missing. The
// caller must hash the helper before it runs it, and must kill it when its report lists less than the plan's Protections.
func (c *Client) Plan(ctx context.Context, r Request, require []Protection) (Plan, error) {
	const op = "plan"
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	nonce := make([]byte, 16)
	rand.Read(nonce) // never fails: it ends the program instead
	w, err := requestToWire(r, nonce)
	if err != nil {
		return Plan{}, c.link.Fail(sdk.Invalid, op, err)
	}
	conn, _, err := c.link.Conn(op)
	if err != nil {
		return Plan{}, err
	}
	reply, err := sandboxv1.NewSandboxClient(conn).Plan(ctx, w, grpc.MaxCallRecvMsgSize(maxReply))
	if s, ok := status.FromError(err); ok && s.Code() == codes.FailedPrecondition {
		return Plan{}, c.link.Fail(sdk.Invalid, op, &Missing{What: sdk.Clip(s.Message(), maxLayerText)})
	}
	if err != nil {
		return Plan{}, sdk.FromStatus(c.link.Plugin(), op, err)
	}
	if require == nil {
		require = Baseline(r.Profile)
	}
	plan, err := checkPlan(reply, nonce, require)
	if err != nil {
		return Plan{}, c.link.Fail(sdk.Broken, op, err)
	}
	return plan, nil
}

func checkPlan(reply *sandboxv1.PlanReply, nonce []byte, require []Protection) (Plan, error) {
	if !bytes.Equal(reply.GetNonce(), nonce) {
		return Plan{}, errors.New("the plan is for another request")
	}
	plan, err := planFromWire(reply)
	if err != nil {
		return Plan{}, err
	}
	for _, p := range require {
		if !slices.Contains(plan.Protections, p) {
			return Plan{}, fmt.Errorf("the plan does not promise %s", p)
		}
	}
	return plan, nil
}
