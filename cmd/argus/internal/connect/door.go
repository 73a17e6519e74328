package connect

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"argus/host/front/mcp"
	"argus/host/identity"
	"argus/host/socket"
)

// door reaches the daemon. Each message has a connection of its own: none is used that an earlier daemon, or an earlier look at who
// listens, has left.
type door struct {
	token  identity.Token
	client http.Client
}

// harmless is the error of a message that had no effect: no byte of it was sent, or the door knew of no session for it.
type harmless struct{ error }

func (h harmless) Unwrap() error { return h.error }

func newDoor(state string, token identity.Token) *door {
	folder := filepath.Join(state, mcp.SocketFolder)
	return &door{token: token, client: http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: 16 << 10,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				c, err := socket.Dial(ctx, folder, mcp.SocketName)
				if err != nil {
					return nil, harmless{err}
				}
				return c, nil
			},
		},
	}}
}

const endpoint = "http://" + mcp.SocketHost + mcp.Path

// send sends one HTTP request. The caller must close the body of the answer.
func (d *door) send(ctx context.Context, method string, body []byte, header http.Header) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = header
	r.Header.Set("Authorization", "Bearer "+string(d.token))
	return d.client.Do(r)
}

// post sends a message. A session's headers go with it unless the message names its revision itself.
func (d *door) post(ctx context.Context, m message, s session) (*http.Response, error) {
	h := http.Header{"Content-Type": {mediaJSON}, "Accept": {mediaJSON + ", " + mediaEvents}}
	if m.modern == "" {
		s.name(h)
		return d.send(ctx, http.MethodPost, m.line, h)
	}
	h.Set(headerVersion, headerValue(m.modern))
	h.Set("Mcp-Method", headerValue(m.method))
	if subject, has := m.subject(); has {
		h.Set("Mcp-Name", headerValue(subject))
	}
	return d.send(ctx, http.MethodPost, m.line, h)
}

const (
	mediaJSON     = "application/json"
	mediaEvents   = "text/event-stream"
	headerVersion = "Mcp-Protocol-Version"
	headerSession = "Mcp-Session-Id"
)

// silent reports whether the door does not answer, in time, a question that it needs nothing else of the daemon for.
func (d *door) silent(ctx context.Context, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	response, err := d.send(ctx, http.MethodHead, nil, http.Header{})
	if err != nil {
		return !errors.Is(err, context.Canceled)
	}
	_ = response.Body.Close()
	return false
}
