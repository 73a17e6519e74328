package main

import (
	"bytes"
	"errors"
	"net"
	"net/http"

	"argus/internal/fakevendor"
)

// vendorKey is what the vendors know their customer by. Agents do not have it.
const vendorKey = "sk-the-key-that-agents-never-see"

// vendor is one on loopback.
type vendor struct {
	*fakevendor.Vendor
	url    string
	server *http.Server
}

func serveVendor() (*vendor, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	v := &vendor{Vendor: fakevendor.New(vendorKey, obedient), url: "http://" + l.Addr().String()}
	v.server = &http.Server{Handler: v}
	go func() {
		if err := v.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // nothing else can be known without a vendor
		}
	}()
	return v, nil
}

func (v *vendor) close() error { return v.server.Close() }

// heard reports whether a text is in what reached the vendor.
func (v *vendor) heard(text string) bool {
	for _, r := range v.Requests() {
		if bytes.Contains(r.Body, []byte(text)) {
			return true
		}
	}
	return false
}
