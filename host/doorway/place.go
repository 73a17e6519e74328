package doorway

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// SocketHost is the one Host of requests over a socket.
const SocketHost = "argus"

// OverSocket reports whether a request came in over a unix socket. No browser speaks over one.
func OverSocket(r *http.Request) bool {
	_, is := r.Context().Value(http.LocalAddrContextKey).(*net.UnixAddr)
	return is
}

// HostIsHere compares the Host header with the one name of the socket, or with the names of this machine and the port at which the request came
// in. A page whose name was rebound to this machine still sends its own name.
func HostIsHere(r *http.Request) bool {
	if OverSocket(r) {
		return r.Host == SocketHost
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok || !local.IP.IsLoopback() {
		return false
	}
	name := r.Host
	if bare, cut := strings.CutSuffix(name, ":"+strconv.Itoa(local.Port)); cut {
		name = bare
	} else if local.Port != 80 {
		return false
	}
	return name == "127.0.0.1" || name == "[::1]" || strings.EqualFold(name, "localhost")
}

// OriginIsAllowed reports whether a request is of no web page, or of one of these origins.
func OriginIsAllowed(r *http.Request, allowed []string) bool {
	origins, sent := r.Header["Origin"]
	return !sent || !OverSocket(r) && len(origins) == 1 && slices.Contains(allowed, origins[0])
}
