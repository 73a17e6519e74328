package mcp

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"argus/host/socket"
)

// withSocket opens a second door of the same mediator, which serves loopback and a socket, and answers with the folder of the latter.
func (d *door) withSocket(set ...func(*Options)) (folder string) {
	d.t.Helper()
	folder, err := os.MkdirTemp("", "s") // short, because the paths of sockets are
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { os.RemoveAll(folder) })
	s, err := socket.Listen(folder, SocketName)
	if err != nil {
		d.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	o := d.f.Options
	for _, change := range set {
		change(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	f := New(o)
	go func() { served <- f.Serve(ctx, l, s) }()
	d.t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			d.t.Error(err)
		}
	})
	d.f, d.addr = f, l.Addr().String()
	return folder
}

// toSocket is a client that reaches the socket whatever the address is.
func toSocket(folder string) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return socket.Dial(ctx, folder, SocketName)
	}}}
}

func TestTheSocketAsksForATokenAndItsOwnNameAndNoBrowser(t *testing.T) {
	d := open(t)
	overTCP := d.http
	d.http = toSocket(d.withSocket())
	d.do("POST", d.alice, hello, "Host", SocketHost).want(t, 200)
	d.do("POST", "", hello, "Host", SocketHost).want(t, 401)
	d.do("POST", "argus_unknown", hello, "Host", SocketHost).want(t, 401)
	for _, host := range []string{"", "localhost", d.addr, "127.0.0.1", "ARGUS", "argus:80", "evil.example"} {
		d.do("POST", d.alice, hello, "Host", host).want(t, 403)
	}
	for _, origin := range []string{"https://app.example", "null", "http://argus"} {
		d.do("POST", d.alice, hello, "Host", SocketHost, "Origin", origin).want(t, 403)
	}
	d.http = overTCP
	d.do("POST", d.alice, hello, "Host", SocketHost).want(t, 403)
	d.do("POST", d.alice, hello, "Origin", "https://app.example").want(t, 200)
}

func TestConnectionsOfAllListenersAreBoundedTogether(t *testing.T) {
	d := open(t)
	folder := d.withSocket(func(o *Options) { o.Connections = 1 })
	first, answers := d.dial("Content-Length: 0")
	if s := status(t, answers); s != 400 {
		t.Fatal(s)
	}
	second, err := socket.Dial(t.Context(), folder, SocketName)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	fmt.Fprintf(second, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", Path, SocketHost)
	second.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	waiting := bufio.NewReader(second)
	if _, err := waiting.Peek(1); err == nil {
		t.Fatal("a second connection was answered")
	}
	first.Close()
	second.SetReadDeadline(time.Now().Add(10 * time.Second))
	if s := status(t, waiting); s != 401 {
		t.Fatal(s)
	}
}

func TestASocketThatLooksAtNobodyIsNotServed(t *testing.T) {
	l, err := net.Listen("unix", strings.TrimSuffix(t.TempDir(), "/")+"/s")
	if err != nil {
		t.Fatal(err)
	}
	f := New(Options{Mediator: newFake(nil)})
	if err := f.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "no loopback address") {
		t.Errorf("served: %v", err)
	}
}

func TestArgumentsAreNotRepeatedInHeadersOverTheSocket(t *testing.T) {
	d := open(t)
	d.m.replace(stockWith(t, mirroring))
	params := with(`"name":"t__x","arguments":{"region":"eu"}`)
	d.modern(d.alice, "tools/call", params).want(t, 400)
	d.http = toSocket(d.withSocket())
	d.addr = SocketHost
	d.modern(d.alice, "tools/call", params).result(t)
	d.modern(d.alice, "tools/call", params, "Mcp-Name", "t__y").want(t, 400)
}
