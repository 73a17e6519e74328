package mcp

import (
	"errors"
	"net/http"

	"argus/host/doorway"
	"argus/host/identity"
)

// receive reads the message, or says why there is none.
func (f *Front) receive(w http.ResponseWriter, r *http.Request, g identity.Grant) (message, bool) {
	if !f.reading.Take(g.Principal.Name) {
		f.refuse(w, deniedMany)
		return message{}, false
	}
	defer f.reading.Leave(g.Principal.Name)
	m, denied := f.read(w, r)
	if denied != nil {
		f.refuse(w, denied)
	}
	if denied == deniedLarge {
		doorway.Drain(w, r)
	}
	return m, denied == nil
}

// read reads the body within its limit and its time. The parse copies it.
func (f *Front) read(w http.ResponseWriter, r *http.Request) (m message, denied *denial) {
	err := doorway.WithBody(w, r, f.MaxRequestBytes, f.BodyTimeout, func(body []byte) error {
		var wrong *rpcError
		if m, wrong = readMessage(body); wrong != nil {
			denied = &denial{http.StatusBadRequest, *wrong}
		}
		return nil
	})
	switch {
	case errors.Is(err, doorway.ErrLarge):
		return message{}, deniedLarge
	case err != nil:
		return message{}, deniedSlow
	}
	return m, denied
}
