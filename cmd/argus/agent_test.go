package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"argus/host/front/operator"
	operatorv1 "argus/proto/argus/operator/v1"
)

// call makes one call as an agent would, and prints the answer.
func call(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: call TOKENFILE TOOL ARGUMENTS")
	}
	a := agent{url: daemonOf(ts).url, token: strings.TrimSpace(ts.ReadFile(args[0]))}
	a.post(ts, "initialize", `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"script","version":"1"}}`)
	name, err := json.Marshal(args[1])
	ts.Check(err)
	answer := a.post(ts, "tools/call", fmt.Sprintf(`{"name":%s,"arguments":%s}`, name, args[2]))
	fmt.Fprintf(ts.Stdout(), "%s\n", answer)
}

// agent is a minimal MCP client.
type agent struct{ url, token, session string }

func (a *agent) post(ts *testscript.TestScript, method, params string) []byte {
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, method, params)
	r, err := http.NewRequest(http.MethodPost, a.url, bytes.NewReader([]byte(body)))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if a.session != "" {
		r.Header.Set("Mcp-Session-Id", a.session)
		r.Header.Set("MCP-Protocol-Version", "2025-11-25")
	}
	reply, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer reply.Body.Close()
	if id := reply.Header.Get("Mcp-Session-Id"); id != "" {
		a.session = id
	}
	text, err := io.ReadAll(reply.Body)
	ts.Check(err)
	if reply.StatusCode != http.StatusOK {
		fmt.Fprintf(ts.Stdout(), "status %d ", reply.StatusCode)
	}
	return text
}

func dialUnix(ctx context.Context, path string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "unix", path)
}

// forge asks the operator's door for acts that the operator key did not sign, or not for this daemon's nonce, and prints what it is told.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: forge STATE")
	}
	conn, err := grpc.NewClient("passthrough:///"+ts.MkAbs(args[0])+"/"+operator.SocketName,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithContextDialer(dialUnix))
	ts.Check(err)
	defer conn.Close()
	door := operatorv1.NewOperatorClient(conn)
	challenge, err := door.Challenge(context.Background(), &operatorv1.ChallengeRequest{})
	ts.Check(err)
	action, err := proto.Marshal(&operatorv1.Action{
		Nonce: challenge.GetNonce(), Act: &operatorv1.Action_AgentNew{AgentNew: &operatorv1.AgentNew{Name: "forged"}},
	})
	ts.Check(err)
	for _, signature := range [][]byte{nil, make([]byte, 64), action} {
		reply, err := door.Act(context.Background(), &operatorv1.SignedAction{Action: action, Signature: signature})
		fmt.Fprintf(ts.Stdout(), "token %q: %v\n", reply.GetToken(), err)
	}
}
