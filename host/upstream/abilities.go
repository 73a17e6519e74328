package upstream

import "argus/plugin/sdk/registry"

// Abilities are kinds of questions that a client can answer. The zero value answers none.
type Abilities struct {
	Sampling       bool
	SamplingTools  bool // sampling in which the model may use tools
	Elicitation    bool // by a form
	ElicitationURL bool // by a page that the person is sent to
	Roots          bool
}

// And are the abilities that both have.
func (a Abilities) And(b Abilities) Abilities {
	return Abilities{
		Sampling:       a.Sampling && b.Sampling,
		SamplingTools:  a.SamplingTools && b.SamplingTools,
		Elicitation:    a.Elicitation && b.Elicitation,
		ElicitationURL: a.ElicitationURL && b.ElicitationURL,
		Roots:          a.Roots && b.Roots,
	}
}

// cover reports whether a has all of what is needed.
func (a Abilities) cover(needed Abilities) bool { return a.And(needed) == needed }

// appendCapabilities writes what a client is capable of, as both eras have it.
func (a Abilities) appendCapabilities(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendCapability(dst, a.Sampling, `"sampling"`, feature{a.SamplingTools, `"tools":{}`})
	dst = appendCapability(dst, a.Elicitation || a.ElicitationURL, `"elicitation"`,
		feature{a.Elicitation, `"form":{}`}, feature{a.ElicitationURL, `"url":{}`})
	dst = appendCapability(dst, a.Roots, `"roots"`)
	return append(dst, '}')
}

type feature struct {
	has  bool
	text string
}

func appendCapability(dst []byte, has bool, name string, features ...feature) []byte {
	if !has {
		return dst
	}
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(append(dst, name...), `:{`...)
	for _, f := range features {
		if !f.has {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, f.text...)
	}
	return append(dst, '}')
}

// Channels are the declared ones by which a server may speak in the middle of a call without saying of which. The zero value is none.
type Channels struct {
	Abilities
	Log bool
}

// asks reports whether any question of this channel is declared.
func (c Channels) asks(channel registry.Channel) bool {
	switch channel {
	case registry.Sampling:
		return c.Sampling
	case registry.Elicitation:
		return c.Elicitation || c.ElicitationURL
	case registry.Roots:
		return c.Roots
	}
	return false
}
