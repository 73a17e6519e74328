// Package sdktest serves a plugin inside a test, over a real socket and without a process of its own.
package sdktest

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
)

// Start serves s, describes and configures it as the host would, and gives a link that is up. A problem with the settings fails
// the test.
func Start(t testing.TB, s sdk.Service, settings string) *sdk.Link {
	t.Helper()
	conn := Dial(t, s.NewServer())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := sdk.Describe(ctx, conn, s.Kind); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	problems, err := sdk.Configure(ctx, conn, sdk.Settings{JSON: settings, ConfigFolder: folder, PluginFolder: folder})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	if len(problems) > 0 {
		t.FailNow()
	}
	return Link(t, conn)
}

// Link is a link that is up with conn and tells what is reported to the test's log.
func Link(t testing.TB, conn grpc.ClientConnInterface) *sdk.Link {
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	link := sdk.NewLink("under-test", func(err error) {
		select {
		case <-ended: // logging to a test that is over would panic
		default:
			t.Log(err)
		}
	})
	link.Up(conn)
	return link
}

// Dial serves server until the test ends and connects to it.
func Dial(t testing.TB, server *grpc.Server) *grpc.ClientConn {
	t.Helper()
	// A test's own folder can be too long for the path of a socket.
	folder, err := os.MkdirTemp("", "sdk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	path := filepath.Join(folder, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with Stop
	}()
	conn, err := grpc.NewClient("unix:"+path, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		server.Stop()
		<-served
	})
	return conn
}

// AddUnknown gives m a field that no contract has.
func AddUnknown(m proto.Message) {
	AddRaw(m, 1000, []byte("only if"))
}

// AddRaw gives m a field of any bytes, as a program could that was not made from the contract.
func AddRaw(m proto.Message, field protowire.Number, content []byte) {
	raw := protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), content)
	m.ProtoReflect().SetUnknown(raw)
}
