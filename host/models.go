package host

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"argus/host/config"
	"argus/host/front/llm"
	"argus/host/turns"
	operatorv1 "argus/proto/argus/operator/v1"
)

// openModels opens the door toward models, if an upstream has a URL.
func (h *Host) openModels(open *turns.Turns) error {
	c := h.config.LLM
	vendors, err := vendorsOf(h.config.Upstreams)
	if err != nil || len(vendors) == 0 {
		return err
	}
	if h.modelsAt, err = net.Listen("tcp", c.Listen.String()); err != nil {
		return fmt.Errorf("listen for requests to models: %w: llm.listen in the configuration names another address", err)
	}
	h.models = llm.New(llm.Options{
		Mediator: h.mediator, Turns: open, Logger: h.logger.Named("models"), Upstreams: vendors, MaxRequestBytes: c.MaxRequestBytes,
		UserLabel: labelOf(c.UserLabel), UnknownLabel: labelOf(c.UnknownLabel), Retry: c.Retry, HostTools: c.HostTools, Rounds: c.Rounds,
		ResultTimeout: c.ResultTimeout,
	})
	h.later(func() error { h.models.Close(); return ignoreClosed(h.modelsAt.Close()) })
	return nil
}

// vendorsOf are the upstreams to which Argus sends itself, in the order of their names.
func vendorsOf(named map[string]config.Upstream) ([]llm.Upstream, error) {
	var list []llm.Upstream
	for name, u := range named {
		if u.URL == nil {
			continue
		}
		vendor, known := llm.VendorOf(u.Format, u.Members)
		if !known {
			return nil, fmt.Errorf("upstream %s: there is no format %q", name, u.Format)
		}
		one := llm.Upstream{Name: name, URL: u.URL, Vendor: vendor}
		if u.KeyFile != "" {
			one.Key = llm.KeyFile(u.KeyFile)
		}
		label := labelOf(u.PassLabel)
		for _, p := range u.Pass {
			one.Pass = append(one.Pass, llm.Pass{Method: p.Method, Path: p.Path, Label: &label})
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b llm.Upstream) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// ModelsURL is where agents find the APIs of models: the beginning of the base URL of an SDK, before the name of an upstream. It is empty while the
// door is closed.
func (h *Host) ModelsURL() string {
	if h.modelsAt == nil {
		return ""
	}
	return fmt.Sprintf("http://%s", h.modelsAt.Addr())
}

// vendors says where agents find each upstream, in the order of their names.
func (h *Host) vendors() []*operatorv1.Vendor {
	var list []*operatorv1.Vendor
	for name, u := range h.config.Upstreams {
		if u.URL == nil {
			continue
		}
		at := h.ModelsURL() + "/" + name
		if u.Format == config.OpenAI {
			at += "/v1" // its SDKs have the version in their base URL
		}
		list = append(list, &operatorv1.Vendor{Name: name, Format: u.Format, Url: at, Key: u.KeyFile != ""})
	}
	slices.SortFunc(list, func(a, b *operatorv1.Vendor) int { return strings.Compare(a.GetName(), b.GetName()) })
	return list
}
