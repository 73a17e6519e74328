package operator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"argus/host/socket"
	operatorv1 "argus/proto/argus/operator/v1"
)

// askPatient is longer than anything here waits in the daemon, which knows better what went wrong: a registry has 30 s to pin.
const askPatient = 40 * time.Second

// NoDaemon is the error of a Dial that found nobody at the door.
type NoDaemon struct{ State string }

func (e *NoDaemon) Error() string {
	return fmt.Sprintf("no daemon runs on the state folder %s", e.State)
}

// ErrEnded is the error of whoever was still asking when the daemon ended.
var ErrEnded = errors.New("the daemon has ended")

// answerPatience is how long a daemon may take to say a first word. It is long for a machine that is busy, and short for a person who waits.
const answerPatience = 10 * time.Second

// Silent is the error of a Dial that was let in, and then heard nothing.
type Silent struct{ State string }

func (e *Silent) Error() string {
	return fmt.Sprintf("the daemon on the state folder %s takes connections and says nothing for %v: it hangs, or the machine is overloaded; "+
		"if it stays so, end its process and start it again", e.State, answerPatience)
}

// Signer is the operator key, which stays with the person.
type Signer interface{ Sign(action []byte) []byte }

// Client is the person's side of the door. It must be closed.
type Client struct {
	conn *grpc.ClientConn
	rpc  operatorv1.OperatorClient
}

// Dial finds the daemon that runs on a state folder. The error is a *NoDaemon when none does, and a *Silent when it does not answer.
func Dial(ctx context.Context, state string) (*Client, error) {
	if err := knock(ctx, state); err != nil {
		if socket.Nobody(err) {
			return nil, &NoDaemon{state}
		}
		return nil, fmt.Errorf("reach the daemon: %w", err)
	}
	conn, err := grpc.NewClient("passthrough:///operator",
		grpc.WithTransportCredentials(insecure.NewCredentials()), // the socket's folder keeps others out
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return socket.Dial(ctx, state, SocketName) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		grpc.WithUnaryInterceptor(plainly),
	)
	if err != nil {
		return nil, fmt.Errorf("reach the daemon: %w", err)
	}
	if !answers(ctx, conn) {
		return nil, errors.Join(&Silent{state}, conn.Close())
	}
	return &Client{conn, operatorv1.NewOperatorClient(conn)}, nil
}

// answers waits for the daemon's first word.
func answers(ctx context.Context, conn *grpc.ClientConn) bool {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	conn.Connect()
	for state := conn.GetState(); state != connectivity.Ready; state = conn.GetState() {
		if !conn.WaitForStateChange(ctx, state) {
			return false
		}
	}
	return true
}

// knock tells a door that nobody opens from one that is slow: gRPC tries again for both.
func knock(ctx context.Context, state string) error {
	conn, err := socket.Dial(ctx, state, SocketName)
	if err != nil {
		return err
	}
	return conn.Close()
}

// plainly bounds every question and gives the daemon's own words as the error.
func plainly(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	ctx, cancel := context.WithTimeout(ctx, askPatient)
	defer cancel()
	err := invoke(ctx, method, req, reply, conn, opts...)
	switch {
	case err == nil:
		return nil
	case status.Code(err) == codes.Unavailable && conn.GetState() != connectivity.Ready: // the words are the transport's
		return ErrEnded
	case status.Code(err) == codes.Unavailable, status.Code(err) == codes.DeadlineExceeded:
		return &Away{status.Convert(err).Message()}
	}
	return errors.New(status.Convert(err).Message())
}

// Away is the error of a question that the daemon, or a plugin that it asks, cannot answer now.
type Away struct{ said string }

func (a *Away) Error() string { return a.said }

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Status tells how the daemon is.
func (c *Client) Status(ctx context.Context) (Status, error) {
	reply, err := c.rpc.Status(ctx, &operatorv1.StatusRequest{})
	return statusOf(reply), err
}

// Tools lists what a server defines, or what all do when server is empty.
func (c *Client) Tools(ctx context.Context, server string) ([]Tool, error) {
	reply, err := c.rpc.Tools(ctx, &operatorv1.ToolsRequest{Server: server})
	return each(reply.GetTools(), toolView), err
}

// Agents lists every agent that was not revoked.
func (c *Client) Agents(ctx context.Context) ([]Agent, error) {
	reply, err := c.rpc.Agents(ctx, &operatorv1.AgentsRequest{})
	return each(reply.GetAgents(), agentView), err
}

// Explain tells what is known of a refusal.
func (c *Client) Explain(ctx context.Context, reference string) (Explanation, error) {
	reply, err := c.rpc.Explain(ctx, &operatorv1.ExplainRequest{Reference: reference})
	return explanationView(reply), err
}

// DryRun judges a call as it would be judged now. arguments is JSON.
func (c *Client) DryRun(ctx context.Context, agent, tool, arguments string) (Explanation, error) {
	reply, err := c.rpc.DryRun(ctx, &operatorv1.DryRunRequest{Agent: agent, Tool: tool, Arguments: arguments})
	return explanationView(reply), err
}

// NewAgent makes a principal and its first context. The token in the answer is shown nowhere else, ever.
func (c *Client) NewAgent(ctx context.Context, key Signer, a NewAgent) (Done, error) {
	return c.act(ctx, key, &operatorv1.Action{Act: &operatorv1.Action_AgentNew{AgentNew: &operatorv1.AgentNew{
		Name: a.Name, Context: a.Context, Capabilities: a.Capabilities, Bits: a.Bits,
	}}})
}

// Fresh replaces the present context of a principal by a clean one.
func (c *Client) Fresh(ctx context.Context, key Signer, name string) (Done, error) {
	return c.act(ctx, key, &operatorv1.Action{Act: &operatorv1.Action_AgentFresh{AgentFresh: &operatorv1.AgentFresh{Name: name}}})
}

// Credentials lists what may act for a principal now.
func (c *Client) Credentials(ctx context.Context, name string) ([]Credential, error) {
	reply, err := c.rpc.Credentials(ctx, &operatorv1.CredentialsRequest{Name: name})
	return each(reply.GetCredentials(), credentialView), err
}

// NewCredential makes one more credential of a principal, or rotates one. The token in the answer is shown nowhere else, ever.
func (c *Client) NewCredential(ctx context.Context, key Signer, a NewCredential) (Done, error) {
	q := &operatorv1.AgentToken{
		Name: a.Name, Replaces: a.Replaces, Transitions: a.Transitions, Root: a.Root, User: a.User, Certificate: a.Certificate,
	}
	if a.Lifetime != nil {
		seconds := uint64(a.Lifetime.Round(time.Second) / time.Second)
		q.LifetimeSeconds = &seconds
	}
	return c.act(ctx, key, &operatorv1.Action{Act: &operatorv1.Action_AgentToken{AgentToken: q}})
}

// Revoke ends one credential of a principal, or, where none is named, all of them and its contexts.
func (c *Client) Revoke(ctx context.Context, key Signer, name, credential string) (Done, error) {
	return c.act(ctx, key, &operatorv1.Action{Act: &operatorv1.Action_AgentRevoke{
		AgentRevoke: &operatorv1.AgentRevoke{Name: name, Credential: credential},
	}})
}

// Pin writes what has these digests into the registry. The caller must have shown exactly that to the person.
func (c *Client) Pin(ctx context.Context, key Signer, server string, shown Shown) (Done, error) {
	return c.act(ctx, key, &operatorv1.Action{Act: &operatorv1.Action_PinServer{PinServer: shown.to(server)}})
}

// act signs an action with a nonce of the daemon's and sends it.
func (c *Client) act(ctx context.Context, key Signer, action *operatorv1.Action) (Done, error) {
	challenge, err := c.rpc.Challenge(ctx, &operatorv1.ChallengeRequest{})
	if err != nil {
		return Done{}, err
	}
	action.Nonce = challenge.GetNonce()
	signed, err := proto.Marshal(action)
	if err != nil {
		return Done{}, fmt.Errorf("encode the action: %w", err)
	}
	reply, err := c.rpc.Act(ctx, &operatorv1.SignedAction{Action: signed, Signature: key.Sign(signed)})
	return doneView(reply), err
}
