package llm

import (
	"net/http"
	"net/url"
	"strings"

	"argus/host/front/llm/wire"
	"argus/kernel"
)

// Vendor is what the APIs of one vendor have in common.
type Vendor struct {
	Formats map[string]wire.Format // by the path, of POST
	Counts  map[string]wire.Format // the same for what is counted and not answered: a request as it is sent to be answered
	Shape   wire.Format            // of errors where there is no format
	KeyIn   string                 // the header that carries the vendor's key
	Bearer  bool                   // the key stands there as a bearer
	Pass    []Pass                 // what does not ask a model to say anything
}

// Pass is one kind of request that is not read beyond its path.
type Pass struct {
	Method string
	Path   string           // one segment of it may be "*", for any one
	Label  *kernel.Exposure // of the answer; nil brings nothing that the agent did not say
}

// Upstream is where one vendor, or a machine that speaks as one, is.
type Upstream struct {
	Name   string // by which the configuration has its sink
	URL    *url.URL
	Vendor Vendor
	Key    *Key // nil: agents send the vendor's key themselves
	Pass   []Pass
}

// admits reports by which of its rules a request passes.
func (u *Upstream) admits(method, path string) (Pass, bool) {
	for _, list := range [][]Pass{u.Pass, u.Vendor.Pass} {
		for _, p := range list {
			if p.Method == method && matches(p.Path, path) {
				return p, true
			}
		}
	}
	return Pass{}, false
}

func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && (want[i] != "*" || got[i] == "") {
			return false
		}
	}
	return true
}

// target is where a request to the vendor goes.
func (u *Upstream) target(path, query string) *url.URL {
	to := *u.URL
	to.Path = strings.TrimSuffix(to.Path, "/") + path
	to.RawQuery = query
	return &to
}

// authorize adds the vendor's key: the one of the configuration, which it answers with, or what the agent holds itself.
func (u *Upstream) authorize(out http.Header, c credential) (key string, err error) {
	if u.Key == nil {
		for name, values := range c.vendors {
			out[name] = values
		}
		return "", nil
	}
	if key, err = u.Key.Read(); err != nil {
		return "", err
	}
	out[u.Vendor.KeyIn] = []string{key}
	if u.Vendor.Bearer {
		out[u.Vendor.KeyIn] = []string{"Bearer " + key}
	}
	return key, nil
}
