package doorway

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// at is a request that came in at an address.
func at(local net.Addr, host string, origins ...string) *http.Request {
	r := &http.Request{Host: host, Header: http.Header{}}
	if origins != nil {
		r.Header["Origin"] = origins
	}
	return r.WithContext(context.WithValue(context.Background(), http.LocalAddrContextKey, local))
}

var (
	loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8743}
	network  = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8743}
	unix     = &net.UnixAddr{Name: "s", Net: "unix"}
)

func TestOnlyWhoMeansThisMachineIsHere(t *testing.T) {
	for _, c := range []struct {
		at   net.Addr
		host string
		here bool
	}{
		{loopback, "127.0.0.1:8743", true}, {loopback, "localhost:8743", true}, {loopback, "LOCALHOST:8743", true}, {loopback, "[::1]:8743", true},
		{loopback, "rebound.example:8743", false}, {loopback, "127.0.0.1:80", false}, {loopback, "127.0.0.1", false}, {loopback, "", false},
		{loopback, SocketHost, false}, {network, "127.0.0.1:8743", false}, {nil, "127.0.0.1:8743", false},
		{unix, SocketHost, true}, {unix, "127.0.0.1:8743", false},
	} {
		if HostIsHere(at(c.at, c.host)) != c.here {
			t.Errorf("%v, Host %q", c.at, c.host)
		}
	}
}

func TestPageNeedsAListedOrigin(t *testing.T) {
	const listed = "https://app.example"
	for _, c := range []struct {
		at      net.Addr
		origins []string
		allowed bool
	}{
		{loopback, nil, true}, {unix, nil, true}, {loopback, []string{listed}, true},
		{loopback, []string{"https://evil.example"}, false}, {loopback, []string{"null"}, false}, {loopback, []string{listed, listed}, false},
		{loopback, []string{}, false}, {unix, []string{listed}, false},
	} {
		if OriginIsAllowed(at(c.at, "", c.origins...), []string{listed}) != c.allowed {
			t.Errorf("%v at %v", c.origins, c.at)
		}
	}
}

func TestClosedDoorLetsNobodyIn(t *testing.T) {
	var in Inside
	if !in.Enter() {
		t.Fatal("an open door let nobody in")
	}
	in.Close()
	if in.Enter() {
		t.Error("a closed door let somebody in")
	}
	if in.Wait(time.Millisecond) {
		t.Error("somebody is inside, and nobody was waited for")
	}
	in.Leave()
	if !in.Wait(10 * time.Second) {
		t.Error("nobody is inside, and somebody was waited for")
	}
}
